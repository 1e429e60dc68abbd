import type { HeldCgroup } from '../identity.js';
import { cgroupFile, countsOf } from './file.js';

/**
 * How many processes of the cgroup, and of those below it, the kernel has killed because memory ran out; null if it does not count them.
 */
export function oomKills(held: HeldCgroup): number | null {
  const events = cgroupFile(held, 'memory.events');
  return events === null ? null : (countsOf(events)['oom_kill'] ?? 0);
}
