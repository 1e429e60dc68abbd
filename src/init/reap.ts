import { cleanUp } from '../errors/clean_up.js';
import { undisturbed } from '../errors/interruption.js';
import { sys, isSystemError } from '../sys/call.js';
import { reapEnded } from '../sys/reap_ended.js';
import type { Cloned, ProcessExit } from '../sys/contract.js';

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

/** Waits for the end of a child, and closes its pidfd. If the wait fails, the child is killed. */
export async function exitOf(child: Cloned): Promise<ProcessExit | null> {
  try {
    await sys().whenReadable({ fds: [child.pidfd], timeout: -1 });
    const exit = await reapEnded(child.pidfd);
    sys().close({ fd: child.pidfd });
    return exit;
  } catch (error) {
    throw await cleanUp(error, [() => killAndReap(child)]);
  }
}

/** Reaps a child that is about to end by itself; its pidfd stays open. */
export async function reapEnding({ pidfd }: Held): Promise<void> {
  await undisturbed(() => sys().whenReadable({ fds: [pidfd], timeout: -1 }));
  await undisturbed(() => reapEnded(pidfd));
}

export function kill({ pidfd }: Held): void {
  try {
    sys().signalProcess({ pidfd, signal: SIGKILL });
  } catch (error) {
    if (!isSystemError(error, 'ESRCH')) throw error;
  }
}

/** Kills the process group of a child that leads it, and that is not reaped yet. */
export function killGroup(pid: number): void {
  try {
    sys().kill({ pid: -pid, signal: SIGKILL });
  } catch (error) {
    if (!isSystemError(error, 'ESRCH')) throw error;
  }
}
