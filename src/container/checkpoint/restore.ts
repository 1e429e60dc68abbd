import { cleanUp } from '../../errors/clean_up.js';
import { sendPidfd, writePidFile } from '../../init/streams.js';
import { unlockStore } from '../../state/lock.js';
import { closeStore } from '../../state/store.js';
import { sys } from '../../sys/call.js';
import { checkConsole } from '../create/console.js';
import { Creation } from '../create/creation.js';
import type { Created } from '../create/index.js';
import type { CreatedInit } from '../create/init.js';
import { prepare } from '../create/prepare.js';
import { destroyBorn, warnOf } from '../delete/destroy.js';
import { throwIfInterrupted } from '../interruption.js';
import { attend } from '../run.js';
import { afterStart } from '../start.js';
import type { RestoreRequest } from './options.js';
import { Restoration } from './restoration.js';

/**
 * Restores a container from an image, as a child of this program, and returns when it runs. Hooks of the host run when its namespaces are
 * there, as at a creation, and poststart hooks when it runs.
 * @throws RuntimeError; then nothing of the container is left.
 */
export async function restoreContainer(request: RestoreRequest): Promise<Created> {
  const born = await restoreInit(request);
  closeStore(born.store);
  const { pid, startTime } = born.record;
  return { pid, startTime, pidfd: born.init.pidfd, master: born.master };
}

/** As {@link restoreContainer}, for a command: in the foreground, returns when the container has ended, with its exit code. */
export async function runRestored(request: RestoreRequest): Promise<number> {
  const foreground = request.until === 'ended';
  sys().deferSignals();
  if (foreground && request.noSubreaper !== true) sys().becomeSubreaper();
  const born = await restoreInit(request);
  try {
    if (!foreground) {
      sys().close({ fd: born.init.pidfd });
      return 0;
    }
    await sys().holdSignals();
    unlockStore(born.store);
    return await attend(request, born, null);
  } finally {
    if (born.master >= 0) sys().close({ fd: born.master });
    closeStore(born.store);
  }
}

async function restoreInit(request: RestoreRequest): Promise<CreatedInit> {
  const input = prepare(request);
  checkConsole({
    terminal: input.spec.process.terminal === true,
    detached: request.until !== 'ended',
    consoleSocket: request.consoleSocket,
    taken: request.terminalSize !== undefined,
  });
  const creation = new Creation({ request, input, alone: true });
  const restoration = new Restoration(request, creation);
  try {
    await restoration.run();
    throwIfInterrupted();
  } catch (error) {
    throw await cleanUp(await creation.undo(error), [
      () => {
        restoration.closeMaster();
      },
    ]);
  } finally {
    creation.closeHanded();
    creation.closeOpened();
  }
  const { store, record, init } = creation;
  const born = { store, record, init, operations: [], master: restoration.master };
  try {
    if (request.pidFile !== undefined) writePidFile(request.pidFile, record.pid);
    if (request.pidfdSocket !== undefined) sendPidfd(request.pidfdSocket, init.pidfd);
    await afterStart(record);
    return born;
  } catch (error) {
    throw await cleanUp(error, [
      () => {
        restoration.closeMaster();
      },
      async () => {
        warnOf(request, await destroyBorn(born));
        restoration.removeLayer();
      },
    ]);
  }
}
