import { withCgroup, type HeldCgroup } from '../../cgroup/identity.js';
import { cgroupStats } from '../../cgroup/stats/index.js';
import type { CgroupStats } from '../../cgroup/stats/types.js';
import { containerNotRunning } from '../../errors/catalogue.js';
import { readHostFacts } from '../../host/read.js';
import { resctrlStats, type ResctrlStats } from '../../resctrl/stats.js';
import type { ContainerRecord } from '../../state/record.js';
import { cgroupOf } from '../cgroup_of.js';
import { unlessLost } from '../lost.js';
import type { ContainerReference } from '../options.js';
import { resctrlOf } from '../resctrl.js';
import { statusOf } from '../state/status.js';
import { cgroupIsGone, hasNoCgroup } from './no_cgroup.js';

/** What the kernel counts of a container, in the form of runc's `events`. */
export interface ContainerStats extends CgroupStats {
  /** Intel RDT; empty without `linux.intelRdt` in config.json. */
  readonly intel_rdt: ResctrlStats;
  /** Always null, as with runc: network devices are not made by the runtime. */
  readonly network_interfaces: null;
}

/**
 * Reads the statistics of a created, running or paused container.
 * @throws RuntimeError `not-running` if it has stopped, `unsupported` if it has no cgroup
 */
export async function statsOf(reference: ContainerReference): Promise<ContainerStats> {
  return unlessLost({ container: reference, stopped: () => containerNotRunning(reference.id) }, async (record) => {
    if (!runs(reference, record)) throw containerNotRunning(reference.id);
    const cgroup = cgroupOf(record);
    if (cgroup === null) throw hasNoCgroup();
    const stats = await withCgroup(cgroup, (held) => readStats({ reference, record, held }));
    if (stats === null) throw cgroupIsGone(cgroup.directory);
    return stats;
  });
}

/** Whether there are processes of it, which may be frozen or wait for `start`. */
export function runs({ root, init }: ContainerReference, record: ContainerRecord): boolean {
  return !['creating', 'stopped'].includes(statusOf({ root, record, init }));
}

export interface ReadStats {
  readonly reference: ContainerReference;
  readonly record: ContainerRecord;
  readonly held: HeldCgroup;
}

/** null if the cgroup is gone. */
export function readStats({ reference, record: { spec }, held }: ReadStats): ContainerStats | null {
  const stats = cgroupStats(held);
  return stats === null ? null : { ...stats, intel_rdt: rdtOf(reference, spec), network_interfaces: null };
}

function rdtOf({ root, id }: ContainerReference, spec: ContainerRecord['spec']): ResctrlStats {
  if (spec.linux?.intelRdt === undefined) return {};
  const host = readHostFacts();
  const group = resctrlOf({ container: { root, id }, spec, host });
  return group === null || host.resctrlMount === null ? {} : resctrlStats({ mount: host.resctrlMount, group });
}
