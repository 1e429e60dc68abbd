import type { HeldCgroup } from '../identity.js';
import { cgroupFile, countsOf } from './file.js';
import { pressureIn } from './pressure.js';
import type { CpusetStats, CpuStats } from './types.js';

/** cgroup v2 counts microseconds, runc's form has nanoseconds. */
const microsecond = 1000;

/** `cpu.stat` has the usage even without the cpu controller (cgroup-v2.rst, "CPU"). */
export function cpuStats(held: HeldCgroup): CpuStats {
  const counts = countsOf(cgroupFile(held, 'cpu.stat') ?? '');
  const time = (name: string): number => (counts[name] ?? 0) * microsecond;
  const { nr_periods: periods, nr_throttled: throttledPeriods } = counts;
  return {
    usage: { total: time('usage_usec'), kernel: time('system_usec'), user: time('user_usec') },
    throttling:
      periods === undefined || throttledPeriods === undefined ? {} : { periods, throttledPeriods, throttledTime: time('throttled_usec') },
    ...pressureIn(held, 'cpu.pressure'),
  };
}

export function cpusetStats(held: HeldCgroup): CpusetStats {
  const cpus = cgroupFile(held, 'cpuset.cpus.effective');
  const mems = cgroupFile(held, 'cpuset.mems.effective');
  return { ...(cpus === null ? {} : { cpus: numbersOf(cpus) }), ...(mems === null ? {} : { mems: numbersOf(mems) }) };
}

/** `0-3,7` of the kernel's lists. */
function numbersOf(list: string): readonly number[] {
  return list
    .trim()
    .split(',')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [first = 0, last = first] = part.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}
