import { isAlive } from '../../host/process.js';
import { undisturbed } from '../../errors/interruption.js';
import { throughDescriptor } from '../../errors/through_descriptor.js';
import { readRestoreRecord, type RestoreRecord } from '../../state/criu/restore_record.js';
import type { Store } from '../../state/store.js';
import { sys, isSystemError } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import { removeTemporaryOf } from '../checkpoint/criu/temporary.js';
import { upper, work } from '../checkpoint/overlay/layer.js';

const SIGKILL = 9;
/** How many milliseconds a killed CRIU may take to end. */
const timeoutMs = 10_000;

/**
 * Kills the CRIU of a restore whose tsrun was killed: it waits for the processes that it restores, and would keep the cgroup busy for ever.
 * Removes the directories that it has made. Returns what the restore had begun; null if there is nothing of one.
 */
export async function endRestore(store: Store, bootId: string | undefined): Promise<RestoreRecord | null> {
  const restore = readRestoreRecord(store);
  if (restore?.criu !== undefined) await endCriu({ ...restore.criu, bootId });
  if (restore?.log !== undefined) removeTemporaryOf(restore.log);
  return restore;
}

async function endCriu(criu: Parameters<typeof isAlive>[0]): Promise<void> {
  let pidfd: Fd = -1;
  try {
    pidfd = sys().openProcess({ pid: criu.pid });
    // Another process may have got the number.
    if (!isAlive(criu)) return;
    sys().signalProcess({ pidfd, signal: SIGKILL });
    await undisturbed(() => sys().whenReadable({ fds: [pidfd], timeout: timeoutMs }));
  } catch (error) {
    if (!isSystemError(error, 'ESRCH')) throw error;
  } finally {
    if (pidfd >= 0) sys().close({ fd: pidfd });
  }
}

/** Removes the upper layer that a failed or interrupted restore has unpacked, unless another container uses the directory by now. */
export function removeUnpackedLayer(layer: RestoreRecord['layer']): void {
  if (layer === undefined) return;
  let fd: Fd = -1;
  try {
    fd = sys().lockDirectory({ path: layer.directory });
    if (fd < 0 || sys().status({ path: '', follow: true, fd })?.inode !== layer.inode) return;
    throughDescriptor({ fd, name: layer.directory }, (path) => {
      for (const part of [upper, work]) sys().removeTree({ path: `${path}/${part}` });
    });
  } catch (error) {
    // Somebody has removed or replaced it.
    if (!isSystemError(error, 'ENOENT', 'ENOTDIR', 'EPERM')) throw error;
  } finally {
    if (fd >= 0) sys().close({ fd });
  }
}
