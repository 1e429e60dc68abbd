import { undisturbed } from '../errors/interruption.js';
import { sys, isSystemError } from '../sys/call.js';
import type { Cloned } from '../sys/contract.js';

const SIGKILL = 9;

type Held = Pick<Cloned, 'pidfd'>;

/** Kills and reaps a child, which may have ended by itself, and closes its pidfd, whatever happens. */
export async function killAndReap(child: Held): Promise<void> {
  try {
    kill(child);
    await reapEnding(child);
  } finally {
    sys().close({ fd: child.pidfd });
  }
}

/** Reaps a child that is about to end by itself; its pidfd stays open. */
export async function reapEnding({ pidfd }: Held): Promise<void> {
  await undisturbed(() => sys().whenReadable({ fds: [pidfd], timeout: -1 }));
  sys().reap({ pidfd });
}

export function kill({ pidfd }: Held): void {
  try {
    sys().signalProcess({ pidfd, signal: SIGKILL });
  } catch (error) {
    if (!isSystemError(error, 'ESRCH')) throw error;
  }
}
