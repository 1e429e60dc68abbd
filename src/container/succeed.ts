import { door } from '../native/call.js';
import type { Spawned } from '../native/contract.js';

export interface Succession {
  readonly first: Spawned;
  /** The sibling that goes on in its place. */
  readonly pid: number;
  /** From now on this is the process to care for, whatever fails. */
  readonly replace: (sibling: Spawned) => void;
}

/**
 * Takes over the sibling that tsrun-init respawned itself as. Answers what can be done while that goes on: reaping the first, which ends by itself.
 */
export function succeed({ first, pid, replace }: Succession): () => Promise<void> {
  replace({ pid, pidfd: door().openProcess({ pid }), socket: first.socket });
  return () => reapFirst(first);
}

async function reapFirst(first: Spawned): Promise<void> {
  await door().whenReadable({ fds: [first.pidfd], timeout: -1 });
  door().reap({ pidfd: first.pidfd });
  door().close({ fd: first.pidfd });
}
