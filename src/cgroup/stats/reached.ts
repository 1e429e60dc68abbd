import { reachedLimit, type ReachedLimit } from '../../errors/reached_limit.js';
import type { HeldCgroup } from '../identity.js';
import { cgroupFile, countIn, countsOf, limitIn } from './file.js';

/** What the limits of a cgroup have done to its processes, and to those of cgroups below it (cgroup-v2.rst). */
export function reachedLimits(held: HeldCgroup): readonly ReachedLimit[] {
  return [...reachedMemory(held), ...reachedPids(held)];
}

/**
 * `oom_kill` counts kills for any reason, also because a cgroup above or the whole machine had no memory. `oom` of the cgroup itself counts
 * how often its own limit left none.
 */
function reachedMemory(held: HeldCgroup): readonly ReachedLimit[] {
  const count = eventOf(held, 'memory.events', 'oom_kill');
  if (count === 0) return [];
  const limit = eventOf(held, 'memory.events.local', 'oom') > 0 ? numberIn(held, 'memory.max') : null;
  return [reachedLimit({ name: 'memory', limit, count })];
}

/**
 * Since Linux 6.11, `pids.events.local` counts how often the limit of this cgroup was reached; before, `pids.events` counts forks in this
 * cgroup that a limit here or above refused, and `pids.peak`, where the kernel has it, tells which.
 */
function reachedPids(held: HeldCgroup): readonly ReachedLimit[] {
  const own = cgroupFile(held, 'pids.events.local');
  const count = own === null ? eventOf(held, 'pids.events', 'max') : (countsOf(own)['max'] ?? 0);
  if (count === 0) return [];
  const max = numberIn(held, 'pids.max');
  const limit = max !== null && own === null && (countIn(held, 'pids.peak') ?? max) < max ? null : max;
  return [reachedLimit({ name: 'pids', limit, count })];
}

function eventOf(held: HeldCgroup, file: string, name: string): number {
  const events = cgroupFile(held, file);
  return events === null ? 0 : (countsOf(events)[name] ?? 0);
}

/** null if there is no limit. */
function numberIn(held: HeldCgroup, name: string): number | null {
  const limit = limitIn(held, name);
  return typeof limit === 'number' ? limit : null;
}
