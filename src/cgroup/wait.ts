import { sys } from '../sys/call.js';

/**
 * Calls `done` until it returns true, first immediately, then after 1, 2, 4 ... 64 milliseconds each. Returns false if `timeoutMs`
 * milliseconds were not enough. Files of cgroup v2 announce changes only by POLLPRI, which sys does not wait for, and on a quiet host the
 * wait takes well under a millisecond.
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
