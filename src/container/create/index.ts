import { cleanUp } from '../../errors/clean_up.js';
import type { ProcessName } from '../../host/process.js';
import { sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import { createInit, type CreatedInit } from './init.js';
import { closeStore } from '../../state/store.js';
import { destroyBorn, warnOf } from '../delete/destroy.js';
import { sendPidfd, writePidFile } from '../../init/streams.js';
import type { CreationRequest } from '../options.js';

export interface Created extends ProcessName {
  /** Owned by the caller. */
  readonly pidfd: Fd;
  /** The terminal's master, owned by the caller, if `terminalSize` was given; otherwise -1. */
  readonly master: Fd;
}

/**
 * Creates a container whose process waits for `start` (runtime.md, "Create").
 * @throws RuntimeError; then nothing of the container is left.
 */
export async function createContainer(request: CreationRequest): Promise<Created> {
  const create = (alone: boolean): Promise<CreatedInit> => createInit(request, { alone });
  const born = await (request.cache === undefined ? create(true) : request.cache.creating(create));
  born.init.closeSocket();
  try {
    if (request.pidFile !== undefined) writePidFile(request.pidFile, born.record.pid);
    if (request.pidfdSocket !== undefined) sendPidfd(request.pidfdSocket, born.init.pidfd);
  } catch (error) {
    throw await cleanUp(error, [
      () => {
        if (born.master >= 0) sys().close({ fd: born.master });
      },
      async () => {
        warnOf(request, await destroyBorn(born));
      },
    ]);
  }
  closeStore(born.store);
  const { pid, startTime } = born.record;
  return { pid, startTime, pidfd: born.init.pidfd, master: born.master };
}
