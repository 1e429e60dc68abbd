import { cannotStart } from '../errors/catalogue.js';
import { cleanUp } from '../errors/clean_up.js';
import { fromSystem } from '../errors/from_system.js';
import { isInterruption } from '../errors/interruption.js';
import { RuntimeError } from '../errors/runtime_error.js';
import { readProcess } from '../host/process.js';
import { sys, isSystemError } from '../sys/call.js';
import type { Fd, InitMessage } from '../sys/contract.js';
import type { ContainerRecord } from '../state/record.js';
import { withLock } from '../state/lock.js';
import { readRecord, type Store } from '../state/store.js';
import { containerDirectory, withDirectory } from '../state/paths.js';
import { socketFile, takenSocketFile, withSocketPath } from '../state/socket_path.js';
import { statusOf } from './state/status.js';
import { diedBeforeExecution } from '../init/failures/died.js';
import { follow } from '../init/handshake.js';
import { runHooks } from './hooks.js';
import { killContainer } from './kill.js';
import { closeNotifications, openNotifications, relayUntilReady, type Notifications } from './create/notify.js';
import type { ContainerReference, StartOptions } from './options.js';
import { serveListener } from './listener.js';
import { silenceOf, type Silent } from '../init/silence.js';
import { hookState } from './state/document.js';

const SIGKILL = 9;

/**
 * Starts the user's program of a created container (runtime.md, "Start") and returns when it runs. Throws failures of execve(2) and of
 * startContainer hooks. With a notify socket, returns when the container says that it is ready, or has ended.
 */
export async function startContainer(options: StartOptions): Promise<void> {
  const started = await withLock(options, (store) => startCreated(store, options.notifySocket));
  if (started === null) return;
  // Without the lock, because the container may take any time to become ready, and somebody may want to kill and delete it meanwhile.
  try {
    await relayUntilReady(started.notifications, started);
  } finally {
    closeNotifications(started.notifications);
    sys().close({ fd: started.pidfd });
  }
}

/** A container that has not yet said that it is ready. */
interface Awaited {
  readonly pid: number;
  readonly pidfd: Fd;
  readonly notifications: Notifications;
}

async function startCreated(store: Store, notifySocket: string | undefined): Promise<Awaited | null> {
  const record = readRecord(store);
  const status = statusOf({ ...store, record });
  if (status !== 'created') throw cannotStart(status);
  let notifications: Notifications | null = null;
  let awaited: Awaited | null = null;
  try {
    if (notifySocket !== undefined) notifications = openNotifications(store, notifySocket);
    if (notifications !== null) awaited = { pid: record.pid, pidfd: sys().openProcess({ pid: record.pid }), notifications };
    await release(store, record);
    await runPoststart(store, record);
    return awaited;
  } catch (error) {
    if (notifications !== null) closeNotifications(notifications);
    if (awaited !== null) sys().close({ fd: awaited.pidfd });
    throw error;
  }
}

async function runPoststart(store: Store, record: ContainerRecord): Promise<void> {
  try {
    await afterStart(record);
  } catch (error) {
    throw await cleanUp(error, [() => killIfAlive(store)]);
  }
}

/** It may have ended by itself. */
async function killIfAlive(store: Store): Promise<void> {
  try {
    await killContainer({ ...store, signalNumber: SIGKILL });
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.code !== 'not-running') throw error;
  }
}

/** Runs the poststart hooks. If one fails, the caller stops the container (runtime.md, "Lifecycle" 10). */
export async function afterStart(record: ContainerRecord): Promise<void> {
  await runHooks({
    kind: 'poststart',
    hooks: record.spec.hooks?.poststart,
    state: hookState({ record, status: 'running', pid: record.pid }),
  });
}

async function release(store: Store, record: ContainerRecord): Promise<void> {
  takeSocket(store);
  const socket = tellInit(store, record);
  try {
    await followInit({ store, record, socket });
  } catch (error) {
    // Otherwise its hooks and its program would run although the start has failed.
    throw isInterruption(error) ? await cleanUp(error, [() => killIfAlive(store)]) : error;
  } finally {
    sys().close({ fd: socket });
  }
}

interface Told {
  readonly store: Store;
  readonly record: ContainerRecord;
  readonly socket: Fd;
}

async function followInit({ store, record, socket }: Told): Promise<void> {
  const onSync = (message: InitMessage): void => serveInit(message, store, record);
  let told = 0;
  const died = (): RuntimeError => (told === 0 ? goneBeforeStart(record) : diedBeforeExecution({ pid: record.pid, phase: 'start' }));
  const silence = silenceOf({ phase: 'start', pid: () => record.pid, look: () => lookAtInit(store, record, died) });
  const heard = await follow({
    socket,
    operations: [],
    phase: 'start',
    passing: true,
    onSync,
    silence,
    onReady: ({ value }) => (told = value),
  });
  if (heard === 'died') throw goneBeforeStart(record);
  forgetSocket(store);
  const end = await follow({ socket, operations: [], phase: 'start', passing: true, onSync, silence });
  if (end === 'died' && told >= saysWhenItGoesOn) throw diedBeforeExecution({ pid: record.pid, phase: 'start' });
}

/** If it is frozen it waits, as the caller asked; its hooks may take any time. */
function lookAtInit(store: Store, record: ContainerRecord, died: () => RuntimeError): ReturnType<Silent['look']> {
  const status = statusOf({ ...store, record, awaitsStart: () => false });
  if (status === 'stopped') throw died();
  if (readProcess(record.pid)?.state === 'T') return 'stopped';
  return status === 'paused' || (record.spec.hooks?.startContainer ?? []).length > 0 ? 'busy' : 'silent';
}

/**
 * From now on the status depends on whether init listens. So a container on a read-only file system is not started: its status would
 * remain `created`. After a `start` that was killed, the socket has its new name already.
 */
function takeSocket(store: Store): void {
  try {
    withDirectory(store, (directory) => {
      sys().rename({ from: `${directory}/${socketFile}`, to: `${directory}/${takenSocketFile}` });
    });
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return;
    throw fromSystem(error, { code: 'setup', phase: 'start', operation: 'rename', path: `${containerDirectory(store)}/${socketFile}` });
  }
}

function tellInit(store: Store, record: ContainerRecord): Fd {
  try {
    return withSocketPath(store, takenSocketFile, (path) => sys().connectUnix({ path, word: 0 }));
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ECONNREFUSED', 'EPIPE', 'ECONNRESET')) throw goneBeforeStart(record);
    throw fromSystem(error, { code: 'setup', phase: 'start', operation: 'connect to init', path: store.id });
  }
}

/** Init no longer listens, which is what counts. Removing the name only spares others the check. */
function forgetSocket(store: Store): void {
  try {
    withSocketPath(store, takenSocketFile, (path) => sys().unlink({ path }));
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

/**
 * The value of init's message from releases that also report "going on" before execve. For an init of an earlier release, created before
 * an upgrade, the end of the stream means success.
 */
const saysWhenItGoesOn = 2;

/** The stream ended before init reported "going on". */
function goneBeforeStart(record: ContainerRecord): RuntimeError {
  return new RuntimeError(`start container "${record.id}": its init process ended before it was started`, {
    code: 'wrong-state',
    phase: 'start',
    operation: 'start',
    path: record.id,
    hint: 'it may have been OOM-killed; check the kernel log, then delete the container with tsrun delete --force (in a program: runtime.delete(id, { force: true }))',
  });
}

function serveInit(message: InitMessage, { root }: ContainerReference, record: ContainerRecord): void {
  const pidfd = sys().openProcess({ pid: record.pid });
  try {
    serveListener({ message, pidfd, pid: record.pid, record, root });
  } finally {
    sys().close({ fd: pidfd });
  }
}
