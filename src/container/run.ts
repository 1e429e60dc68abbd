import { cleanUp } from '../errors/clean_up.js';
import { undisturbed } from '../errors/interruption.js';
import { sys } from '../sys/call.js';
import type { Fd, InitMessage, ProcessExit } from '../sys/contract.js';
import { createInit, type CreatedInit } from './create/init.js';
import { relockStore, unlockStore } from '../state/lock.js';
import { closeStore } from '../state/store.js';
import { destroyBorn, destroyContainer, warnOf } from './delete/destroy.js';
import { exitCode } from './exit_code.js';
import { sendPidfd, writePidFile } from '../init/streams.js';
import { diedBeforeExecution } from '../init/failures/died.js';
import { follow, goOn } from '../init/handshake.js';
import { closeNotifications, foregroundRelay, isUntold, openNotifications, relayUntilReady, type Notifications } from './create/notify.js';
import type { CreationRequest } from './options.js';
import { serveListener } from './listener.js';
import { afterStart } from './start.js';
import { ownTerminalSize } from './create/console.js';

/**
 * Creates and starts a container. If detached, returns 0 as soon as the user's program runs. Otherwise forwards signals and the terminal
 * until the program exits, removes the container unless `keep` is set, and returns the exit code: the program's, or 128 + signal.
 */
export async function runContainer(request: CreationRequest): Promise<number> {
  const detached = request.until !== 'ended';
  sys().deferSignals();
  if (!detached && request.noSubreaper !== true) sys().becomeSubreaper();
  const born = await createInit(request, { alone: true });
  let notifications: Notifications | null = null;
  try {
    if (request.notifySocket !== undefined) notifications = openNotifications(born.store, request.notifySocket);
    if (request.pidfdSocket !== undefined) sendPidfd(request.pidfdSocket, born.init.pidfd);
    // Before the program can observe it.
    if (born.master >= 0) fitTerminal(born.master);
    await release(request.root, born);
    if (request.pidFile !== undefined) writePidFile(request.pidFile, born.record.pid);
    await afterStart(born.record);
    // Signals that are already pending are for the program, too.
    if (!detached) await sys().holdSignals();
    // Unlocked from here, so others may work on it. The open descriptors identify it, because when it ends another container may have its
    // id.
    unlockStore(born.store);
  } catch (error) {
    throw await cleanUp(error, [() => letGo(born, notifications), async () => warnOf(request, await destroyBorn(born))]);
  }
  try {
    return detached ? await leave(request, born, notifications) : await attend(request, born, notifications);
  } finally {
    letGo(born, notifications);
    closeStore(born.store);
  }
}

/** Closes our resources of a container, except its process and its directory. */
function letGo({ master }: CreatedInit, notifications: Notifications | null): void {
  if (notifications !== null) closeNotifications(notifications);
  if (master >= 0) sys().close({ fd: master });
}

/** Detached: the program runs on without us. */
async function leave(request: CreationRequest, { record, init }: CreatedInit, notifications: Notifications | null): Promise<number> {
  const { pid } = record;
  const { pidfd } = init;
  try {
    if (notifications !== null) await relayUntilReady(notifications, { pid, pidfd });
  } catch (error) {
    sys().close({ fd: pidfd });
    if (!isUntold(error)) throw error;
    warnOf(request, [error]);
  }
  return 0;
}

/** Tells the init that waits on our socket to execute the user's program, and waits until it does. */
async function release(root: string, born: CreatedInit): Promise<void> {
  const { record, init } = born;
  const onSync = (message: InitMessage): void => serveListener({ message, pidfd: init.pidfd, pid: record.pid, record, root });
  goOn(init.socket);
  const end = await follow({ socket: init.socket, operations: born.operations, phase: 'start', onSync });
  if (end === 'died') throw diedBeforeExecution({ pid: record.pid, phase: 'start' });
  init.closeSocket();
}

/** Waits until the program of a container in the foreground has ended, and removes the container; returns the exit code. */
export async function attend(request: CreationRequest, born: CreatedInit, notifications: Notifications | null): Promise<number> {
  let exit: ProcessExit;
  try {
    const relay = notifications === null ? {} : foregroundRelay(notifications, (error) => warnOf(request, [error]));
    exit = sys().supervise({ pidfd: born.init.pidfd, master: born.master, forward: true, ...relay });
  } catch (error) {
    // Nobody would carry its output and signals any more.
    throw await cleanUp(error, [() => born.init.killAndReap(), () => removeEnded(request, born)]);
  }
  sys().close({ fd: born.init.pidfd });
  if (request.keep !== true) await removeEnded(request, born);
  return exitCode(exit);
}

/** Removes the container unless somebody else deleted it; another one may have its id by then. */
async function removeEnded(request: CreationRequest, { store, record }: CreatedInit): Promise<void> {
  if (await undisturbed(() => relockStore(store))) warnOf(request, await destroyContainer({ store, record }));
}

function fitTerminal(master: Fd): void {
  const size = ownTerminalSize();
  if (size !== null) sys().resizeTerminal({ fd: master, ...size });
}
