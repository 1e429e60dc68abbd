import { createCgroup } from '../../cgroup/create.js';
import { planCgroup, type PlannedCgroup } from '../../cgroup/plan.js';
import { writeCleanupRecord } from '../../state/cleanup_record.js';
import type { Fd } from '../../sys/contract.js';
import type { Offer } from '../warm/slot.js';
import type { Creation } from './creation.js';

/** A container's place in the cgroup hierarchy. */
export interface Place {
  /** The cgroup in which to clone; -1 if the host has no hierarchy, or if the process is already in it. */
  readonly fd: Fd;
  readonly planned: PlannedCgroup | null;
  readonly inode: number;
}

const nowhere: Place = { fd: -1, planned: null, inode: 0 };

/**
 * Creates the container's cgroup. Records the cgroup path and its claim before creating it, so that `delete --force` knows what to remove,
 * and what belongs to somebody else, even if tsrun is killed midway.
 */
export async function makeCgroup(creation: Creation): Promise<Place> {
  const { store, handed } = creation;
  const { id, spec, host, cgroupPath } = creation.input;
  const { created, bootId } = creation.record;
  if (cgroupPath === null) return nowhere;
  const planned = planCgroup({ host, path: cgroupPath });
  const claim = `${created} ${id}`;
  writeCleanupRecord({ store, cleanup: { cgroup: planned.directory, parents: planned.parents, claim, ...ofBoot(bootId) } });
  creation.mayHaveCgroup = true;
  const { fd, inode } = await createCgroup({ planned, resources: spec.linux?.resources, claim });
  handed.push(fd);
  return { fd, planned, inode };
}

/** Takes over the cgroup of a warm slot, which already contains its process. */
export function takeCgroup(creation: Creation, { cgroup }: Offer): void {
  if (cgroup === null) return;
  const { directory, parents, inode } = cgroup;
  // It is there already: whatever fails from now on, it is removed with the container.
  creation.inCgroup({ fd: -1, planned: cgroup, inode });
  const { store, record } = creation;
  writeCleanupRecord({ store, cleanup: { cgroup: directory, cgroupInode: inode, parents, ...ofBoot(record.bootId) } });
}

function ofBoot(bootId: string | undefined): { readonly bootId?: string } {
  return bootId === undefined ? {} : { bootId };
}
