import { withCgroup } from '../../cgroup/identity.js';
import { reachedLimits } from '../../cgroup/stats/reached.js';
import type { ReachedLimit } from '../../errors/reached_limit.js';
import { readRecord } from '../../state/store.js';
import { cgroupOf } from '../cgroup_of.js';
import type { ContainerReference } from '../options.js';

/**
 * Reads which limits the processes of a container have reached, also after its end. Empty if it has no cgroup.
 * @throws RuntimeError `not-found` if it was deleted
 */
export async function reachedLimitsOf(reference: ContainerReference): Promise<readonly ReachedLimit[]> {
  const cgroup = cgroupOf(readRecord(reference));
  return cgroup === null ? [] : ((await withCgroup(cgroup, reachedLimits)) ?? []);
}
