import type { ContainerReference } from '../../container/options.js';
import { stateOf } from '../../container/state/index.js';
import { sys, isSystemError } from '../../sys/call.js';
import { WatchedProcess } from '../watched_process.js';

/** The init of a container that another program created; null if it has ended. */
export function openWatched(reference: ContainerReference): WatchedProcess | null {
  const { pid } = stateOf(reference);
  if (pid === 0) return null;
  let pidfd: number;
  try {
    pidfd = sys().openProcess({ pid });
  } catch (error) {
    if (isSystemError(error, 'ESRCH')) return null;
    throw error;
  }
  // The pid may have been reused between reading it and opening it; the status is decided by the start time.
  if (stateOf(reference).pid === pid) return new WatchedProcess(pidfd);
  sys().close({ fd: pidfd });
  return null;
}
