import { sys } from './call.js';
import type { Fd, ProcessExit } from './contract.js';

/** How often a tracer is waited for, and for how many milliseconds: ten seconds in total. */
const [mostLooks, pauseMs] = [1_000, 10];

/**
 * How a child ended whose pidfd is readable, and reaps it. A traced process belongs to its tracer until that has waited for it (ptrace(2)):
 * usually for a moment, under strace, but a tracer in a container may keep it.
 *
 * @returns null if its tracer still keeps it after ten seconds
 */
export async function reapEnded(pidfd: Fd): Promise<ProcessExit | null> {
  for (let look = 0; ; look++) {
    const exit = sys().reap({ pidfd });
    if (exit !== null || look === mostLooks) return exit;
    await sys().whenReadable({ fds: [], timeout: pauseMs });
  }
}
