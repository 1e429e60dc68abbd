import type { HeldCgroup } from '../identity.js';
import { cpusetStats, cpuStats } from './cpu.js';
import { cgroupFile } from './file.js';
import { hugetlbStats } from './hugetlb.js';
import { ioStats } from './io.js';
import { memoryStats } from './memory.js';
import { pidsStats } from './pids.js';
import { rdmaIn } from './rdma.js';
import type { CgroupStats } from './types.js';

/** What the kernel counts of a cgroup; null if it is gone. */
export function cgroupStats(held: HeldCgroup): CgroupStats | null {
  const stats = {
    cpu: cpuStats(held),
    cpuset: cpusetStats(held),
    memory: memoryStats(held),
    pids: pidsStats(held),
    blkio: ioStats(held),
    hugetlb: hugetlbStats(held),
    ...rdmaIn(held),
  };
  // Without a file of a controller its numbers are absent; without this one, which every cgroup has, all of them may be.
  return cgroupFile(held, 'cgroup.events') === null ? null : stats;
}
