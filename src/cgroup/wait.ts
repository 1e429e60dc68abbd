import { sys } from '../sys/call.js';

/**
 * Asks `done` until it says yes, first at once, then after 1, 2, 4 ... 64 milliseconds each; false when `timeoutMs` milliseconds were not enough. Files of
 * cgroup v2 announce their changes by POLLPRI only, which sys does not wait for, and what is waited for here takes well under a millisecond
 * on a quiet host.
 */
export async function until(done: () => boolean, timeoutMs: number): Promise<boolean> {
  const nanoseconds = timeoutMs * 1e6;
  const start = sys().clock().monotonic;
  for (let pause = 1; !done(); pause = Math.min(pause * 2, 64)) {
    if (sys().clock().monotonic - start > nanoseconds) return false;
    await sys().whenReadable({ fds: [], timeout: pause });
  }
  return true;
}
