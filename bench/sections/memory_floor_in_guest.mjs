import { inGuest, noGuest } from './in_guest.mjs';

/** Runs `memory_floor_guest.mjs` in the machine of `test/vm/`, whose kernel has the memory controller on cgroup v2. */
export async function memoryFloorInGuest({ title, ...context }) {
  if (noGuest !== null) return { title, rows: [], unavailable: `the memory controller is not on cgroup v2 here, and ${noGuest}` };
  // One processor: each can hold up to 64 charged pages in advance, so with more of them it would be chance whether a limit is reached.
  const { answer, unavailable } = await inGuest({
    ...context,
    name: 'memory-floor',
    program: 'memory_floor_guest.mjs',
    environment: { VM_SMP: '1' },
  });
  if (unavailable !== undefined) return { title, rows: [], unavailable };
  const { machine, versions, rows } = answer;
  return { title: `${title} (in an emulated machine, Linux ${machine.kernel}, one processor)`, machine, versions, rows };
}
