import { fromSystem } from '../../errors/from_system.js';
import type { RuntimeError } from '../../errors/runtime_error.js';
import { latin1 } from '../../host/latin1.js';
import { sys, isSystemError } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import { containerDirectory, directoryOf, type Store } from '../../state/paths.js';
import type { ContainerReference } from '../options.js';

/**
 * What a service may tell its supervisor through us (sd_notify(3)). Not MAINPID, which would be a number of the container's pid namespace; not FDSTORE, NOTIFYACCESS
 * and their like, by which a container would change the unit that it runs in.
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

/** As long as systemd itself waits for a barrier (sd_notify_barrier(3)). Milliseconds. */
const barrierTimeoutMs = 30_000;

const longestDatagram = 4096;

/** The two ends of a container's notifications; the caller closes both. */
export interface Notifications {
  /** The container's datagrams come here. */
  readonly from: Fd;
  /** The socket of our own supervisor. */
  readonly to: Fd;
}

const name = 'notify';

/** The directory that the container sees as /run/notify. */
export function notifyDirectory(reference: ContainerReference): string {
  return `${containerDirectory(reference)}/${name}`;
}

/** Made before the mounts; it holds no socket yet, for what a container says before it was started goes to nobody. */
export function makeNotifyDirectory(store: Store): void {
  try {
    sys().makeDirectory({ path: `${directoryOf(store)}/${name}`, mode: 0o755 });
  } catch (error) {
    throw failed(error, 'make notify directory', notifyDirectory(store));
  }
}

/**
 * Opens the socket in the container's directory, and that of the supervisor. Null where the container was created without NOTIFY_SOCKET: then it knows of no
 * socket, and nobody would ever write to it.
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
      'NOTIFY_SOCKET in the environment of tsrun names a socket that nobody listens on: unset it',
    );
  }
}

const O_PATH = 0o10000000;
const O_DIRECTORY = 0o200000;
const O_NOFOLLOW = 0o400000;

/** In the directory of this one container, and never where a symlink leads from there. */
function bindSocket(store: Store): Fd | null {
  const path = `${notifyDirectory(store)}/notify.sock`;
  let directory: Fd = -1;
  try {
    directory = sys().open({ path: name, directory: store.directory, flags: O_PATH | O_DIRECTORY | O_NOFOLLOW });
    // runc's mode: the directory is the only way to it.
    return sys().bindDatagram({ path: `/proc/self/fd/${directory}/notify.sock`, mode: 0o777 });
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
 * Carries on what the container says until it says READY=1, then tells the supervisor that the container's init is the main process, and waits until it has
 * taken that in, so that tsrun is never gone before (systemd looks up the sender of a message by its process id). Ends, too, when the process does.
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

/** In the foreground: the relay goes on beside the supervision (`supervise` of sys); the supervised process is tsrun itself, as with runc. */
export function foregroundRelay(notifications: Notifications): {
  readonly notices: Fd;
  readonly notified: Fd;
  readonly notable: readonly string[];
} {
  sayMainProcess(notifications.to, sys().ids().pid);
  return { notices: notifications.from, notified: notifications.to, notable };
}

export function notableLines(datagram: string): readonly string[] {
  return datagram.split('\n').filter((line) => notable.some((prefix) => line.startsWith(prefix)));
}

function sayMainProcess(to: Fd, pid: number): void {
  say(to, [`MAINPID=${pid}`]);
}

/** One datagram, of lines whose characters are bytes. */
function say(to: Fd, lines: readonly string[]): void {
  const text = lines.map((line) => `${line}\n`).join('');
  try {
    sys().writeBytes({ fd: to, data: Uint8Array.from(text, (byte) => byte.charCodeAt(0)) });
  } catch (error) {
    throw failed(error, 'write to notify socket', 'NOTIFY_SOCKET');
  }
}

/** sd_notify_barrier(3): the supervisor closes the descriptor when it has read all that came before. One that does not know it is not waited for longer. */
async function barrier(to: Fd): Promise<void> {
  const [reader, writer] = sys().pipe() as [Fd, Fd];
  try {
    sys().sendFd({ socket: to, fd: writer, data: 'BARRIER=1' });
  } catch (error) {
    sys().close({ fd: reader });
    throw failed(error, 'write to notify socket', 'NOTIFY_SOCKET');
  } finally {
    sys().close({ fd: writer });
  }
  await sys().whenReadable({ fds: [reader], timeout: barrierTimeoutMs });
  sys().close({ fd: reader });
}

function failed(error: unknown, operation: string, path: string, hint?: string): RuntimeError {
  return fromSystem(error, { code: 'setup', phase: 'start', operation, path, ...(hint === undefined ? {} : { hint }) });
}
