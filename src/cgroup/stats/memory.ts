import type { Integer64 } from '../../json/integer64.js';
import type { HeldCgroup } from '../identity.js';
import { cgroupFile, countIn, countsOf, limitIn, unlimited } from './file.js';
import { pressureIn } from './pressure.js';
import type { MemoryEntry, MemoryStats } from './types.js';

const none: MemoryEntry = { limit: 0, failcnt: 0 };

export function memoryStats(held: HeldCgroup): MemoryStats {
  const stat = cgroupFile(held, 'memory.stat');
  const usage = entryIn(held, 'memory');
  const events = cgroupFile(held, 'memory.events');
  const raw = stat === null ? undefined : countsOf(stat);
  return {
    ...(raw?.['file'] === undefined ? {} : { cache: raw['file'] }),
    usage,
    swap: together(usage, entryIn(held, 'memory.swap')),
    kernel: none,
    kernelTCP: none,
    ...(raw === undefined ? {} : { raw }),
    ...pressureIn(held, 'memory.pressure'),
    ...(events === null ? {} : { event_count: countsOf(events) }),
  };
}

/** `memory.peak` exists since Linux 5.19, the files of swap only where the kernel counts it. */
function entryIn(held: HeldCgroup, name: string): MemoryEntry {
  const usage = countIn(held, `${name}.current`);
  const limit = limitIn(held, `${name}.max`);
  if (usage === undefined || limit === undefined) return none;
  const max = countIn(held, `${name}.peak`);
  return { limit, usage, ...(max === undefined ? {} : { max }), failcnt: 0 };
}

/** As cgroup v1 and runc count swap: with the memory. The largest sum is not known. */
function together(memory: MemoryEntry, swap: MemoryEntry): MemoryEntry {
  if (memory.usage === undefined) return none;
  return { limit: sum(memory.limit, swap.limit), usage: memory.usage + (swap.usage ?? 0), failcnt: 0 };
}

/** If one of them has no limit, neither does their sum. */
function sum(one: Integer64, other: Integer64): Integer64 {
  if (one === unlimited || other === unlimited) return unlimited;
  return Number(one) + Number(other);
}
