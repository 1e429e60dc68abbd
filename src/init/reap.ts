import { sys, isSystemError } from '../sys/call.js';
import type { Cloned, Spawned } from '../sys/contract.js';

/** Kills and reaps a child that did not come to run its program, and closes what was ours of it. */
export async function killAndReap(spawned: Cloned | Spawned): Promise<void> {
  // First, since waiting takes a descriptor on Node.js, of which there may be no more (EMFILE).
  if ('socket' in spawned) sys().close({ fd: spawned.socket });
  try {
    sys().signalProcess({ pidfd: spawned.pidfd, signal: 9 });
  } catch (error) {
    if (!isSystemError(error, 'ESRCH')) throw error;
  }
  await sys().whenReadable({ fds: [spawned.pidfd], timeout: -1 });
  sys().reap({ pidfd: spawned.pidfd });
  sys().close({ fd: spawned.pidfd });
}
