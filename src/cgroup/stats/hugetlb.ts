import { fromSystem } from '../../errors/from_system.js';
import { sys, isSystemError } from '../../sys/call.js';
import type { HeldCgroup } from '../identity.js';
import { cgroupFile, countIn, countsOf } from './file.js';
import type { HugetlbStats } from './types.js';

/** `hugetlb.2MB.current` and its like (cgroup-v2.rst, "HugeTLB"). */
export function hugetlbStats(held: HeldCgroup): Readonly<Record<string, HugetlbStats>> {
  return Object.fromEntries(
    hugetlbSizes(held).map((size): [string, HugetlbStats] => {
      const events = countsOf(cgroupFile(held, `hugetlb.${size}.events`) ?? '');
      return [size, { usage: countIn(held, `hugetlb.${size}.current`) ?? 0, failcnt: events['max'] ?? 0 }];
    }),
  );
}

/** The names tell which sizes there are; what is read is of the held cgroup. */
export function hugetlbSizes({ directory }: HeldCgroup): readonly string[] {
  try {
    return sys()
      .listDirectory({ path: directory })
      .flatMap((name) => /^hugetlb\.([^.]+)\.current$/.exec(name)?.[1] ?? [])
      .sort();
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENODEV')) return [];
    throw fromSystem(error, { code: 'setup', phase: 'cgroup', operation: 'list cgroup', path: directory });
  }
}
