import { throughDescriptor } from '../../../errors/through_descriptor.js';
import { sys, isSystemError } from '../../../sys/call.js';
import type { Fd } from '../../../sys/contract.js';
import { linesOf } from './log.js';

/** Where CRIU collects the mounts of a restored container; the log names it. */
const mountYard = /\/tmp\/\.criu\.mntns\.\w{6}/;
/** In the working directory: where it mounts cgroups. */
const cgroupYard = /^\.criu\.cgyard\.\w{6}$/;

/** Removes the empty directories that a CRIU leaves which was killed in the middle of its work. */
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
