import { throughDescriptor } from '../../../errors/through_descriptor.js';
import { sys, isSystemError } from '../../../sys/call.js';
import { logOf, type CriuUse } from './failure.js';
import { linesOf } from './log.js';

const O_DIRECTORY = 0o200000;
/** The directory in which CRIU assembles the mounts of a restored container. Its log names it. */
const mountYard = /\/tmp\/\.criu\.mntns\.\w{6}/;
/** The name of the directory on which CRIU mounts cgroups, below its working directory. */
const cgroupYard = /^\.criu\.cgyard\.\w{6}$/;

/** Removes the empty directories that CRIU leaves if it is killed while it restores. */
export function removeTemporary({ log, work }: Pick<CriuUse, 'log' | 'work'>): void {
  const yards = new Set<string>();
  linesOf(logOf({ log, work }), (line) => {
    const [yard] = mountYard.exec(line) ?? [];
    if (yard !== undefined) yards.add(yard);
  });
  for (const path of yards) remove(path);
  throughDescriptor({ fd: work, name: log }, (directory) => {
    for (const name of sys().listDirectory({ path: directory })) if (cgroupYard.test(name)) remove(`${directory}/${name}`);
  });
}

/** The same for a restore whose tsrun was killed, of which only the path of the log is known. */
export function removeTemporaryOf(log: string): void {
  let work = -1;
  try {
    work = sys().open({ path: log.slice(0, log.lastIndexOf('/')) || '/', flags: O_DIRECTORY });
    removeTemporary({ log, work });
  } catch (error) {
    // The directory of the image has been removed or replaced.
    if (!isSystemError(error, 'ENOENT', 'ENOTDIR', 'EACCES')) throw error;
  } finally {
    if (work >= 0) sys().close({ fd: work });
  }
}

function remove(path: string): void {
  try {
    sys().removeDirectory({ path });
  } catch (error) {
    // CRIU has removed it, or it is not what it seemed to be.
    if (!isSystemError(error, 'ENOENT', 'ENOTDIR', 'ENOTEMPTY', 'EBUSY', 'ELOOP')) throw error;
  }
}
