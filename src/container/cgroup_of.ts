import type { CgroupIdentity } from '../cgroup/identity.js';
import { isOfThisBoot } from '../host/boot.js';
import { findCgroupMount } from '../host/mounts/cgroup.js';
import { isAlive } from '../host/process.js';
import { sys, isSystemError } from '../sys/call.js';
import type { ContainerRecord } from '../state/record.js';

/** Which cgroup is a container's; null if it has none, or no longer has one. */
export function cgroupOf(record: ContainerRecord): CgroupIdentity | null {
  const { cgroup: directory, cgroupInode } = record;
  // The hierarchy of another boot is gone, and inode numbers start again.
  if (directory === null || !isOfThisBoot(record)) return null;
  return { directory, inode: cgroupInode ?? inodeByInit(record, directory) };
}

/** Records of tsrun 0.1.0 have no inode. A container's init that lives in the cgroup, or below it, is a proof as well. */
function inodeByInit(record: ContainerRecord, directory: string): number | undefined {
  const status = sys().status({ path: directory, follow: false });
  const path = `${findCgroupMount() ?? ''}${unifiedPath(record.pid) ?? ''}`;
  // Checked last, so that what was read about the process is not about another one.
  return status !== null && `${path}/`.startsWith(`${directory}/`) && isAlive(record) ? status.inode : undefined;
}

/** The line of the unified hierarchy, `0::/path` (cgroups(7)). */
function unifiedPath(pid: number): string | undefined {
  try {
    return sys()
      .readText({ path: `/proc/${pid}/cgroup`, limit: 65536 })
      .split('\n')
      .find((line) => line.startsWith('0::/'))
      ?.slice(3);
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}
