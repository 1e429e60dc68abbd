import { fromSystem } from '../../errors/from_system.js';
import { sys, isSystemError } from '../../sys/call.js';
import type { HeldCgroup } from '../identity.js';

/** How many cgroups there are below one; the kernel counts them (cgroup-v2.rst, "cgroup.stat"). 0 if it is gone. */
export function descendantsOf({ fd, directory }: HeldCgroup): number {
  try {
    const text = sys().readText({ path: 'cgroup.stat', directory: fd, limit: 4096 });
    return Number(/^nr_descendants (\d+)$/m.exec(text)?.[1] ?? 0);
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENODEV')) return 0;
    throw fromSystem(error, { code: 'setup', phase: 'cgroup', operation: 'read', path: `${directory}/cgroup.stat` });
  }
}
