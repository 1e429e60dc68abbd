import { cannotStart } from '../errors/catalogue.js';
import { RuntimeError } from '../errors/runtime-error.js';
import { door, isSystemError } from '../native/call.js';
import type { Fd, InitMessage } from '../native/contract.js';
import type { ContainerRecord } from '../state/record.js';
import { readRecord, withLock } from '../state/store.js';
import { withSocketPath } from '../state/socket_path.js';
import { statusOf } from '../state/status.js';
import { follow } from './handshake.js';
import { runHooks } from './hooks.js';
import { signalInit } from './kill.js';
import { closeNotifications, openNotifications, relayUntilReady, type Notifications } from './notify.js';
import type { ContainerReference, StartOptions } from './options.js';
import { serveListener } from './seccomp_listener.js';
import { hookState } from './state_document.js';

const SIGKILL = 9;

/**
 * Starts the user's program of a created container (runtime.md, "Start"), and answers when it runs: a failure of execve(2) or of a startContainer hook
 * is thrown here. With a notify socket it answers when the container says that it is ready, or has ended.
 */
export async function startContainer(options: StartOptions): Promise<void> {
  const started = await withLock(options, () => startCreated(options));
  if (started === null) return;
  // Without the lock: nobody knows how long the container takes to become ready, and meanwhile it may be killed and deleted.
  try {
    await relayUntilReady(started.notifications, started);
  } finally {
    closeNotifications(started.notifications);
    door().close({ fd: started.pidfd });
  }
}

/** A container that has yet to say that it is ready. */
interface Awaited {
  readonly pid: number;
  readonly pidfd: Fd;
  readonly notifications: Notifications;
}

async function startCreated(options: StartOptions): Promise<Awaited | null> {
  const record = readRecord(options);
  const status = statusOf({ root: options.root, record, init: options.init });
  if (status !== 'created') throw cannotStart(status);
  const notifications = options.notifySocket === undefined ? null : openNotifications(options, options.notifySocket);
  try {
    const awaited = notifications === null ? null : { pid: record.pid, pidfd: door().openProcess({ pid: record.pid }), notifications };
    await release(options, record);
    await runPoststart(record);
    return awaited;
  } catch (error) {
    if (notifications !== null) closeNotifications(notifications);
    throw error;
  }
}

async function runPoststart(record: ContainerRecord): Promise<void> {
  try {
    await afterStart(record);
  } catch (error) {
    signalInit(record, SIGKILL);
    throw error;
  }
}

/** The hooks that follow the start. Where one fails the caller stops the container (runtime.md, "Lifecycle" 10). */
export async function afterStart(record: ContainerRecord): Promise<void> {
  await runHooks({ kind: 'poststart', hooks: record.spec.hooks?.poststart, state: hookState({ record, status: 'running', pid: record.pid }) });
}

async function release(reference: ContainerReference, record: ContainerRecord): Promise<void> {
  let socket: Fd;
  try {
    socket = withSocketPath(reference, (path) => door().connectUnix({ path }));
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new RuntimeError(`start container "${record.id}": its init process does not answer: ${error.message}`, {
      code: 'wrong-state',
      phase: 'start',
      operation: 'connect',
      path: record.id,
      errno: error.code,
      hint: 'delete the container with tsrun delete --force',
      cause: error,
    });
  }
  try {
    door().reply({ socket, value: 0 });
    const onSync = (message: InitMessage): void => serveInit(message, reference, record);
    const heard = await follow({ socket, operations: [], phase: 'start', onSync });
    if (heard === 'closed') throw goneBeforeStart(record);
    await follow({ socket, operations: [], phase: 'start', onSync });
  } finally {
    withSocketPath(reference, (path) => door().unlink({ path }));
    door().close({ fd: socket });
  }
}

/** The stream ended before init said that it goes on. */
function goneBeforeStart(record: ContainerRecord): RuntimeError {
  return new RuntimeError(`start container "${record.id}": its init process ended before it was started`, {
    code: 'wrong-state',
    phase: 'start',
    operation: 'start',
    path: record.id,
    hint: 'it was killed, perhaps for want of memory: look at the kernel log, then delete the container with tsrun delete --force',
  });
}

function serveInit(message: InitMessage, { root }: ContainerReference, record: ContainerRecord): void {
  const pidfd = door().openProcess({ pid: record.pid });
  try {
    serveListener({ message, pidfd, pid: record.pid, record, root });
  } finally {
    door().close({ fd: pidfd });
  }
}
