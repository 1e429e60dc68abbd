import { memoryFloorInGuest } from './memory_floor_in_guest.mjs';
import { searchMemoryFloors } from './memory_floor_search.mjs';

const title = 'smallest memory.max in which /bin/true starts, and what is charged after create';

/** Needs the memory controller on cgroup v2; if the host lacks it, uses an emulated machine that has it. */
export async function memoryFloor(context) {
  if (context.setting.controllers.includes('memory')) return { title, rows: await searchMemoryFloors(context) };
  if (context.options.quick)
    return { title, rows: [], unavailable: 'the memory controller is not on cgroup v2 here, and --quick does without an emulated machine' };
  return memoryFloorInGuest({ title, ...context });
}
