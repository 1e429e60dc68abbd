import { withCgroup } from '../cgroup/identity.js';
import { cgroupProcesses } from '../cgroup/processes/index.js';
import { containerNotRunning } from '../errors/catalogue.js';
import { statusOf } from './state/status.js';
import { readRecord } from '../state/store.js';
import { cgroupOf } from './cgroup_of.js';
import { unlessLost } from './lost.js';
import type { ContainerReference } from './options.js';

/** Returns the host's process ids of all processes in a container's cgroup and in the cgroups below it. */
export async function processesOf(reference: ContainerReference): Promise<readonly number[]> {
  return unlessLost({ container: reference, stopped: containerNotRunning }, async (record) => {
    const cgroup = cgroupOf(record);
    if (cgroup === null) {
      if (statusOf({ root: reference.root, record }) === 'stopped') throw containerNotRunning();
      return [record.pid];
    }
    return (await withCgroup(cgroup, cgroupProcesses)) ?? withoutCgroup(reference);
  });
}

/** That of a container which has ended may be gone, too. */
function withoutCgroup(reference: ContainerReference): readonly number[] {
  readRecord(reference);
  return [];
}
