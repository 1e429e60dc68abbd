import { cleanUp } from '../../errors/clean_up.js';
import type { ProcessName } from '../../host/process.js';
import type { Fd } from '../../sys/contract.js';
import { createInit, type CreatedInit } from './init.js';
import { closeStore } from '../../state/store.js';
import { destroyBorn, warnOf } from '../destroy.js';
import { sendPidfd, writePidFile } from '../../init/streams.js';
import type { CreateOptions } from '../options.js';

export interface Created extends ProcessName {
  /** Owned by the caller. */
  readonly pidfd: Fd;
}

/**
 * Creates a container whose process waits for `start` (runtime.md, "Create").
 * @throws RuntimeError; then nothing of the container is left.
 */
export async function createContainer(options: CreateOptions): Promise<Created> {
  const birth = (alone: boolean): Promise<CreatedInit> => createInit({ ...options, detached: true, waitsOnListener: true, alone });
  const born = await (options.cache === undefined ? birth(true) : options.cache.birth(birth));
  born.init.closeSocket();
  try {
    if (options.pidFile !== undefined) writePidFile(options.pidFile, born.record.pid);
    if (options.pidfdSocket !== undefined) sendPidfd(options.pidfdSocket, born.init.pidfd);
  } catch (error) {
    throw await cleanUp(error, [
      async () => {
        warnOf(options, await destroyBorn(born));
      },
    ]);
  }
  closeStore(born.store);
  const { pid, startTime } = born.record;
  return { pid, startTime, pidfd: born.init.pidfd };
}
