import { describeErrno } from '../../errors/errno.js';
import { asRuntimeError } from '../../errors/format.js';
import { RuntimeError } from '../../errors/runtime_error.js';

/** A failure with a log's file as a RuntimeError: `verb "path": reason`. */
export function logFailure(verb: string, path: string, error: unknown): RuntimeError {
  const errno = error instanceof Error ? String(Reflect.get(error, 'code')) : '';
  if (error instanceof RuntimeError || !/^E[A-Z0-9]+$/.test(errno)) return asRuntimeError(error);
  return new RuntimeError(`${verb} "${path}": ${describeErrno(errno)}`, {
    code: errno === 'EACCES' || errno === 'EPERM' ? 'permission' : 'setup',
    phase: 'command',
    operation: verb,
    path,
    errno,
    ...(errno === 'ELOOP' ? { hint: 'a log is not written through a symbolic link' } : {}),
    cause: error,
  });
}
