import type { Integer64 } from '../../json/integer64.js';
import type { Resources } from '../../spec/types.js';
import { unsupportedOnV2 } from './unsupported.js';
import type { CgroupWrite } from './writes.js';

const base = '/linux/resources/cpu';

/** The kernel's default period in microseconds (cgroup-v2.rst, "cpu.max"). */
const defaultPeriod = 100_000;

/** cpu.idle, cpu.weight, cpu.max and cpu.max.burst. As in runc, 0 means not set and a negative quota means no limit. */
export function cpuWrites(cpu: Resources['cpu']): readonly CgroupWrite[] {
  if (cpu === undefined) return [];
  for (const name of ['realtimeRuntime', 'realtimePeriod'] as const) {
    if ((cpu[name] ?? 0) !== 0) throw unsupportedOnV2(`${base}/${name}`, 'limit of realtime tasks', 'remove it');
  }
  return [...idleWrites(cpu.idle), ...weightWrites(cpu.shares, cpu.idle), ...quotaWrites(cpu)];
}

export function cpusetWrites(cpu: Resources['cpu']): readonly CgroupWrite[] {
  const lists = [
    { file: 'cpuset.cpus', value: cpu?.cpus ?? '', pointer: `${base}/cpus` },
    { file: 'cpuset.mems', value: cpu?.mems ?? '', pointer: `${base}/mems` },
  ];
  return lists.filter(({ value }) => value !== '');
}

function idleWrites(idle: number | undefined): readonly CgroupWrite[] {
  return idle === undefined ? [] : [{ file: 'cpu.idle', value: String(idle), pointer: `${base}/idle`, isDefault: idle === 0 }];
}

/** An idle cgroup has the weight 0 and accepts no other (sched_group_set_shares in the kernel). */
function weightWrites(shares: Integer64 | undefined, idle: number | undefined): readonly CgroupWrite[] {
  const weight = cpuWeight(shares ?? 0);
  return weight === 0 || idle === 1 ? [] : [{ file: 'cpu.weight', value: String(weight), pointer: `${base}/shares` }];
}

/**
 * Converts v1's shares, 2 to 262144, to the weight of cgroup v2, 1 to 10000, with runc's quadratic formula, which maps the ends and the
 * defaults (1024 and 100) to each other. 0 stays 0, which means "not set".
 */
export function cpuWeight(shares: Integer64): number {
  if (shares === 0) return 0;
  if (shares <= 2) return 1;
  if (shares >= 262_144) return 10_000;
  const l = Math.log2(Number(shares));
  const exponent = (l * l + 125 * l) / 612 - 7 / 34;
  // Rounded up, except for the floating-point error: 1024 gives 100 on every engine.
  return Math.ceil(10 ** exponent - 1e-9);
}

/** The burst must never exceed the quota, so it is reset before the quota changes and set afterwards. */
function quotaWrites(cpu: NonNullable<Resources['cpu']>): readonly CgroupWrite[] {
  const quota = cpu.quota ?? 0;
  const period = cpu.period ?? 0;
  const burst =
    cpu.burst === undefined
      ? []
      : [{ file: 'cpu.max.burst', value: String(cpu.burst), pointer: `${base}/burst`, isDefault: cpu.burst === 0 }];
  if (quota === 0 && period === 0) return burst;
  const max = `${quota > 0 ? quota : 'max'} ${period === 0 ? defaultPeriod : period}`;
  return [
    ...burst.map((write) => ({ ...write, value: '0' })),
    { file: 'cpu.max', value: max, pointer: `${base}/${quota === 0 ? 'period' : 'quota'}`, isDefault: quota <= 0 },
    ...burst,
  ];
}
