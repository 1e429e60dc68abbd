import { constants } from 'node:os';
import { sys, isSystemError } from '../sys/call.js';
import { reapEnded } from '../sys/reap_ended.js';
import type { Fd } from '../sys/contract.js';

/**
 * How a process ended. Both fields are null if this program cannot know: the process was another program's child, which received its
 * status, or a tracer keeps it.
 */
export interface Exit {
  /** The exit code; null if a signal killed the process. */
  readonly code: number | null;
  /** The name of the signal that killed the process, such as `SIGKILL`; null if it exited. */
  readonly signal: string | null;
}

/** Waits on a pidfd, without polling and without holding the event loop, and collects the exit status if the process is our child. */
export async function exitOf(pidfd: Fd): Promise<Exit> {
  await sys().whenReadable({ fds: [pidfd], timeout: -1, background: true });
  try {
    const ended = await reapEnded(pidfd);
    if (ended === null) return { code: null, signal: null };
    return ended.signal > 0 ? { code: null, signal: signalName(ended.signal) } : { code: ended.code, signal: null };
  } catch (error) {
    if (isSystemError(error, 'ECHILD')) return { code: null, signal: null };
    throw error;
  }
}

function signalName(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `SIG${number}`;
}
