import { isSystemError } from '../sys/call.js';
import type { SystemError } from '../sys/contract.js';
import { describeErrno } from './errno.js';
import { interruptionOf, isInterruption } from './interruption.js';
import { RuntimeError, type ErrorDetails } from './runtime_error.js';

/**
 * Returns a failed call of sys as a {@link RuntimeError}: `operation "path": reason (ERRNO)`. The operation defaults to the system call,
 * and the path to what it was called on. A RuntimeError is returned unchanged, and so is a bug in the code (a TypeError is `internal`).
 */
export function fromSystem(error: unknown, details: ErrorDetails): RuntimeError {
  if (error instanceof RuntimeError) return error;
  if (isInterruption(error)) return interruptionOf(error);
  if (!isSystemError(error)) {
    const message = error instanceof Error ? error.message : String(error);
    return new RuntimeError(message, { ...details, code: 'internal', cause: error });
  }
  const operation = details.operation ?? error.call;
  const path = details.path ?? error.subject;
  const hint = waitedFor(error) ?? descriptorHint(error.code) ?? details.hint ?? cloneHint(error) ?? systemHint(error.code);
  return new RuntimeError(`${operation}${path === '' ? '' : ` "${path}"`}: ${describeErrno(error.code)}`, {
    ...details,
    operation,
    path,
    errno: error.code,
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  });
}

/** Connections (native/core/sockets.cc) and writes to a non-blocking pipe (native/core/write.cc) time out after 10 seconds. */
function waitedFor({ code, call }: SystemError): string | undefined {
  if (code === 'ETIMEDOUT' && call === 'write') return 'the reader has read nothing for 10 seconds';
  if (code !== 'EAGAIN' || (call !== 'connect' && call !== 'sendmsg')) return undefined;
  return 'the listener has accepted or read nothing for 10 seconds: its backlog is full, or it has stopped reading';
}

/** Running out of descriptors has nothing to do with what was opened, so this hint takes precedence over the caller's. */
function descriptorHint(errno: string): string | undefined {
  switch (errno) {
    case 'EMFILE':
      return 'raise the limit of open files (ulimit -n)';
    case 'ENFILE':
      return 'raise the system-wide limit of open files (sysctl fs.file-max)';
    default:
      return undefined;
  }
}

/**
 * clone3(2) reports the limits of namespaces as ENOSPC (namespaces(7), user.max_*_namespaces), which has nothing to do with a disk, and
 * what cgroups(7) forbids of the cgroup that the process is cloned into. The child executes tsrun-init with execveat(2).
 */
function cloneHint({ code, call, subject }: SystemError): string | undefined {
  if (call === 'execveat' && subject === 'tsrun-init' && code === 'EACCES')
    return 'a security module forbids tsrun to execute tsrun-init, a file without a name: an AppArmor profile for tsrun needs flags=(attach_disconnected)';
  if (call !== 'clone3') return undefined;
  switch (code) {
    case 'EAGAIN':
      return 'the limit of processes is reached: RLIMIT_NPROC of the user (ulimit -u), or pids.max of a cgroup';
    case 'ENOSPC':
      return 'a limit of namespaces is reached, or they are nested too deeply; raise user.max_*_namespaces (sysctl)';
    case 'EPERM':
      return 'new namespaces need CAP_SYS_ADMIN, and a seccomp filter and security module that allow them; inside a container, change the outer one';
    case 'EACCES':
      return 'the cgroup is not delegated to this user, or a security module such as AppArmor forbids new user namespaces: see the kernel log';
    case 'ENOSYS':
      return "a seccomp filter around tsrun blocks clone3, as Docker's default profile does without CAP_SYS_ADMIN: start the outer container with seccomp=unconfined";
    case 'EBUSY':
      return "the container's cgroup hands controllers to its own child cgroups, so it takes no processes; choose another /linux/cgroupsPath";
    default:
      return undefined;
  }
}

/** The hint for an error that has the same remedy wherever it happens. */
function systemHint(errno: string): string | undefined {
  switch (errno) {
    case 'ENOSPC':
      return 'free space or inodes on the file system of that path, or choose another with --root';
    case 'EROFS':
      return 'the file system is mounted read-only; choose a writable directory';
    case 'ENOSYS':
      return 'the kernel lacks this system call, or a seccomp filter on tsrun blocks it; Linux 5.10 or newer is required';
    default:
      return undefined;
  }
}
