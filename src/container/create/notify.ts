import { fromSystem } from '../../errors/from_system.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { throughDescriptor } from '../../errors/through_descriptor.js';
import { latin1 } from '../../host/latin1.js';
import { sys, isSystemError } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import { notifyName, openNotifyDirectory } from '../../state/notify_directory.js';
import { containerDirectory, withDirectory, type Store } from '../../state/paths.js';
import type { ContainerReference } from '../options.js';

/**
 * What a service may tell its supervisor through us (sd_notify(3)). Not MAINPID, which would be a number of the container's pid namespace;
 * not FDSTORE, NOTIFYACCESS and similar ones, with which a container would change the unit that it runs in.
 */
const notable = [
  'READY=',
  'STATUS=',
  'ERRNO=',
  'BUSERROR=',
  'RELOADING=',
  'MONOTONIC_USEC=',
  'STOPPING=',
  'WATCHDOG=',
  'EXTEND_TIMEOUT_USEC=',
];

/** The time that systemd itself waits for a barrier (sd_notify_barrier(3)), in milliseconds. */
const barrierTimeoutMs = 30_000;

const longestDatagram = 4096;

/** The two ends of a container's notifications; the caller closes both. */
export interface Notifications {
  /** Receives the container's datagrams. */
  readonly from: Fd;
  /** The socket of our own supervisor. */
  readonly to: Fd;
}

/** The directory that the container sees as /run/notify. */
export function notifyDirectory(reference: ContainerReference): string {
  return `${containerDirectory(reference)}/${notifyName}`;
}

/** Created before the mounts. It contains no socket yet, because what a container says before it is started is dropped. */
export function makeNotifyDirectory(store: Store): void {
  try {
    withDirectory(store, (directory) => {
      sys().makeDirectory({ path: `${directory}/${notifyName}`, mode: 0o755 });
    });
  } catch (error) {
    throw failed(error, 'make notify directory', notifyDirectory(store));
  }
}

/**
 * Opens the socket in the container's directory and the supervisor's socket. Returns null if the container was created without
 * NOTIFY_SOCKET: it knows no socket, so nobody would ever write to it.
 */
export function openNotifications(store: Store, host: string): Notifications | null {
  const from = bindSocket(store);
  if (from === null) return null;
  try {
    return { from, to: sys().connectDatagram({ path: host }) };
  } catch (error) {
    sys().close({ fd: from });
    throw failed(
      error,
      'connect notify socket',
      host,
      'NOTIFY_SOCKET in the environment of tsrun names a socket without a listener: unset it',
    );
  }
}

/** In this container's own directory, and never where a symlink leads out of it. */
function bindSocket(store: Store): Fd | null {
  const path = `${notifyDirectory(store)}/notify.sock`;
  let directory: Fd = -1;
  try {
    directory = openNotifyDirectory(store);
    // runc's mode: the directory is the only way to it.
    return throughDescriptor({ fd: directory, name: notifyDirectory(store) }, (opened) =>
      sys().bindDatagram({ path: `${opened}/notify.sock`, mode: 0o777 }),
    );
  } catch (error) {
    if (directory < 0 && isSystemError(error, 'ENOENT')) return null;
    throw failed(error, 'bind notify socket', path);
  } finally {
    if (directory >= 0) sys().close({ fd: directory });
  }
}

export function closeNotifications({ from, to }: Notifications): void {
  sys().close({ fd: from });
  sys().close({ fd: to });
}

/**
 * Forwards what the container says until it says READY=1, then tells the supervisor that the container's init is the main process. Waits
 * until the supervisor has read that, because systemd looks up the sender of a message by its process id, so tsrun must not exit earlier.
 * Also ends when the process ends.
 */
export async function relayUntilReady(notifications: Notifications, main: { readonly pid: number; readonly pidfd: Fd }): Promise<void> {
  const { from, to } = notifications;
  for (;;) {
    const readable = await sys().whenReadable({ fds: [from, main.pidfd], timeout: -1 });
    if (readable !== 0) return;
    const lines = notableLines(latin1(sys().readSome({ fd: from, limit: longestDatagram })));
    if (lines.length === 0) continue;
    say(to, lines);
    if (lines.some((line) => line.startsWith('READY='))) break;
  }
  sayMainProcess(to, main.pid);
  await barrier(to);
}

/**
 * In the foreground, the relay runs beside the supervision (`supervise` of sys). As in runc, the supervised process is tsrun itself. `warn`
 * is called if the supervisor does not read that. The container keeps running (decision 0031).
 */
export function foregroundRelay(
  notifications: Notifications,
  warn: (error: unknown) => void,
): { readonly notices: Fd; readonly notified: Fd; readonly notable: readonly string[] } {
  try {
    sayMainProcess(notifications.to, sys().ids().pid);
  } catch (error) {
    if (!isUntold(error)) throw error;
    warn(error);
  }
  return { notices: notifications.from, notified: notifications.to, notable };
}

export function notableLines(datagram: string): readonly string[] {
  return datagram.split('\n').filter((line) => notable.some((prefix) => line.startsWith(prefix)));
}

function sayMainProcess(to: Fd, pid: number): void {
  say(to, [`MAINPID=${pid}`]);
}

/** One datagram of lines whose characters are bytes. */
function say(to: Fd, lines: readonly string[]): void {
  const text = lines.map((line) => `${line}\n`).join('');
  try {
    sys().writeBytes({ fd: to, data: Uint8Array.from(text, (byte) => byte.charCodeAt(0)) });
  } catch (error) {
    throw failed(error, write, 'NOTIFY_SOCKET');
  }
}

/**
 * sd_notify_barrier(3): the supervisor closes the descriptor after it has read everything before it. The wait has a limit because a
 * supervisor may not know barriers.
 */
async function barrier(to: Fd): Promise<void> {
  const [reader, writer] = sys().pipe() as [Fd, Fd];
  try {
    sys().sendFd({ socket: to, fd: writer, data: 'BARRIER=1' });
  } catch (error) {
    sys().close({ fd: reader });
    throw failed(error, write, 'NOTIFY_SOCKET');
  } finally {
    sys().close({ fd: writer });
  }
  try {
    await sys().whenReadable({ fds: [reader], timeout: barrierTimeoutMs });
  } finally {
    sys().close({ fd: reader });
  }
}

const write = 'write to notify socket';

/** Whether the supervisor could not be told something, while the container runs. */
export function isUntold(error: unknown): error is RuntimeError {
  return error instanceof RuntimeError && error.operation === write;
}

function failed(error: unknown, operation: string, path: string, hint?: string): RuntimeError {
  return fromSystem(error, { code: 'setup', phase: 'start', operation, path, ...(hint === undefined ? {} : { hint }) });
}
