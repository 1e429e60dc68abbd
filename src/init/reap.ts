import { door, isSystemError } from '../sys/call.js';
import type { Cloned, Spawned } from '../sys/contract.js';

/** Kills and reaps a child that did not come to run its program, and closes what was ours of it. */
export async function bury(spawned: Cloned | Spawned): Promise<void> {
  // First, since waiting takes a descriptor on Node.js, of which there may be no more (EMFILE).
  if ('socket' in spawned) door().close({ fd: spawned.socket });
  try {
    door().signalProcess({ pidfd: spawned.pidfd, signal: 9 });
  } catch (error) {
    if (!isSystemError(error, 'ESRCH')) throw error;
  }
  await door().whenReadable({ fds: [spawned.pidfd], timeout: -1 });
  door().reap({ pidfd: spawned.pidfd });
  door().close({ fd: spawned.pidfd });
}
