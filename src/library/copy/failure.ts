import { describeErrno } from '../../errors/errno.js';
import { asRuntimeError } from '../../errors/format.js';
import { RuntimeError } from '../../errors/runtime_error.js';

export interface CopyFailure {
  readonly method: 'copyIn' | 'copyOut';
  /** In the container. */
  readonly path: string;
  readonly error: unknown;
  readonly hint?: string;
}

/** What went wrong with a file of the container: `METHOD "path": reason`. */
export function copyFailure({ method, path, error, hint }: CopyFailure): RuntimeError {
  const errno = error instanceof Error ? String(Reflect.get(error, 'code')) : '';
  if (error instanceof RuntimeError || !/^E[A-Z0-9]+$/.test(errno)) return asRuntimeError(error);
  const remedy = hint ?? hintOf(errno);
  return new RuntimeError(`${method} "${path}": ${describeErrno(errno)}`, {
    code: errno === 'EACCES' || errno === 'EPERM' ? 'permission' : 'setup',
    phase: 'command',
    operation: method,
    path,
    errno,
    ...(remedy === undefined ? {} : { hint: remedy }),
    cause: error,
  });
}

/** What is refused although the kernel would do it: `METHOD "path": reason`. */
export function refusal({ method, path, reason, hint }: Omit<CopyFailure, 'error'> & { readonly reason: string }): RuntimeError {
  return new RuntimeError(`${method} "${path}": ${reason}`, {
    code: 'unsupported',
    phase: 'command',
    operation: method,
    path,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Of what the kernel would refuse to the container, too. */
export function notOwned(method: CopyFailure['method'], path: string): RuntimeError {
  return new RuntimeError(`${method} "${path}": permission denied (EACCES)`, {
    code: 'permission',
    phase: 'command',
    operation: method,
    path,
    errno: 'EACCES',
    hint: "it belongs to a user or a group that the container's user namespace does not have",
  });
}

/** Whether it is a failed system call with this error. */
export function failedWith(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && codes.includes(String(Reflect.get(error, 'code')));
}

function hintOf(errno: string): string | undefined {
  switch (errno) {
    case 'ENOTDIR':
    case 'ELOOP':
      return 'below the given path no symbolic link of the container is followed; name the directory that it leads to';
    case 'EROFS':
      return 'the container has it mounted read-only';
    case 'ENOSPC':
      return 'the file system in the container is full';
    default:
      return undefined;
  }
}
