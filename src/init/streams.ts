import { fromSystem } from '../errors/from_system.js';
import { describeErrno } from '../errors/errno.js';
import { RuntimeError } from '../errors/runtime_error.js';
import { sys, isSystemError } from '../sys/call.js';
import type { Fd } from '../sys/contract.js';

/** The three standard streams of a container's process. -1 means /dev/null. */
export type Streams = readonly [Fd, Fd, Fd];

/**
 * Checks that the pid file can be written before anything is created, instead of failing when the program already runs.
 * @throws RuntimeError
 */
export function checkPidFile(path: string): void {
  const there = sys().status({ path, follow: false });
  const directory = path.includes('/') ? path.slice(0, path.lastIndexOf('/') + 1) : '.';
  const errno =
    there?.kind === 'directory'
      ? 'EISDIR'
      : there !== null || sys().status({ path: directory, follow: true })?.kind === 'directory'
        ? null
        : 'ENOENT';
  if (errno === null) return;
  throw new RuntimeError(`write pid file "${path}": ${describeErrno(errno)}`, {
    code: 'usage',
    phase: 'command',
    operation: 'write pid file',
    path,
    errno,
    hint: 'pass a file name in an existing directory with --pid-file',
  });
}

/** Digits without a newline, because containerd reads the whole file with atoi. */
export function writePidFile(path: string, pid: number): void {
  try {
    sys().replaceFile({ path, text: String(pid), mode: 0o644, sync: false });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'setup', operation: 'write pid file', path });
  }
}

/** Sends a pidfd over an engine's socket, like runc's --pidfd-socket. */
export function sendPidfd(path: string, pidfd: Fd): void {
  let socket: Fd = -1;
  try {
    socket = sys().connectUnix({ path });
    sys().sendFd({ socket, fd: pidfd, data: 'pidfd' });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'setup', operation: 'send pidfd', path });
  } finally {
    if (socket >= 0) sys().close({ fd: socket });
  }
}

/** Opens /dev/null, which is closed with the rest of `opened`. */
export function openNull(opened: Fd[]): Fd {
  const fd = sys().open({ path: '/dev/null', flags: 2 });
  opened.push(fd);
  return fd;
}

/**
 * The standard streams of a process. All that are -1 share one descriptor of /dev/null.
 * @throws RuntimeError if a container must not be given one of them
 */
export function openStreams(streams: Streams = [0, 1, 2], opened: Fd[]): readonly Fd[] {
  const nothing = streams.includes(-1) ? openNull(opened) : -1;
  const stdio = streams.map((fd) => (fd < 0 ? nothing : fd));
  try {
    sys().checkStreams({ stdio });
  } catch (error) {
    throw unfit(error);
  }
  return stdio;
}

/** Says what is wrong with a descriptor that is to become a standard stream. */
export function unfit(error: unknown): RuntimeError {
  const hint = isSystemError(error, 'EISDIR', 'EBADF') ? 'a directory or an O_PATH descriptor would lead out of the container' : undefined;
  return fromSystem(error, { code: 'usage', phase: 'setup', ...(hint === undefined ? {} : { hint }) });
}
