import { throughDescriptor } from '../../../errors/through_descriptor.js';
import { sys, isSystemError } from '../../../sys/call.js';
import type { Fd } from '../../../sys/contract.js';
import { linesOf } from './log.js';

/** The directory in which CRIU assembles the mounts of a restored container. Its log names it. */
const mountYard = /\/tmp\/\.criu\.mntns\.\w{6}/;
/** The name of the directory on which CRIU mounts cgroups, below its working directory. */
const cgroupYard = /^\.criu\.cgyard\.\w{6}$/;

/** Removes the empty directories that CRIU leaves if it is killed while it restores. */
export function removeTemporary({ log, work }: { readonly log: string; readonly work: Fd }): void {
  const yards = new Set<string>();
  linesOf(log, (line) => {
    const [yard] = mountYard.exec(line) ?? [];
    if (yard !== undefined) yards.add(yard);
  });
  for (const path of yards) remove(path);
  throughDescriptor({ fd: work, name: log }, (directory) => {
    for (const name of sys().listDirectory({ path: directory })) if (cgroupYard.test(name)) remove(`${directory}/${name}`);
  });
}

function remove(path: string): void {
  try {
    sys().removeDirectory({ path });
  } catch (error) {
    // CRIU has removed it, or it is not what it seemed to be.
    if (!isSystemError(error, 'ENOENT', 'ENOTDIR', 'ENOTEMPTY', 'EBUSY', 'ELOOP')) throw error;
  }
}
