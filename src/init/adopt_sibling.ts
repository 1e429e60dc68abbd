import { RuntimeError } from '../errors/runtime_error.js';
import { sys } from '../sys/call.js';
import type { Spawned } from '../sys/contract.js';

export interface Succession {
  readonly first: Spawned;
  /** The sibling that goes on in its place. */
  readonly pid: number;
  /** From now on this is the process to care for, whatever fails. */
  readonly replace: (sibling: Spawned) => void;
}

/**
 * Takes over the sibling that tsrun-init respawned itself as, which is our child (CLONE_PARENT): nobody reaps it but us, so that its number is no other's. Answers what can be done while that goes on: reaping the first, which ends by itself.
 */
export function adoptSibling({ first, pid, replace }: Succession): () => Promise<void> {
  const pidfd = sys().openProcess({ pid });
  if (!sys().isChild({ pidfd })) {
    sys().close({ fd: pidfd });
    throw new RuntimeError(`follow tsrun-init: process ${pid} is not its sibling`, {
      code: 'internal',
      phase: 'setup',
      operation: 'tsrun-init',
    });
  }
  replace({ pid, pidfd, socket: first.socket });
  return () => reapFirst(first);
}

async function reapFirst(first: Spawned): Promise<void> {
  await sys().whenReadable({ fds: [first.pidfd], timeout: -1 });
  sys().reap({ pidfd: first.pidfd });
  sys().close({ fd: first.pidfd });
}
