import { fromSystem } from '../../errors/from_system.js';
import { sys, isSystemError } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import type { HeldCgroup } from '../identity.js';
import { cgroupProcesses } from './index.js';

/** How many processes are held at once. */
const batch = 64;

/**
 * Signals each process in a cgroup and in those below it. A pid from cgroup.procs may belong to another process by the time it is opened,
 * so only a process that is still in the cgroup when we hold it is signalled.
 */
export function signalCgroup({ held, signal }: { readonly held: HeldCgroup; readonly signal: number }): void {
  const pids = cgroupProcesses(held);
  for (let at = 0; at < pids.length; at += batch) signalBatch(held, pids.slice(at, at + batch), signal);
}

function signalBatch(held: HeldCgroup, pids: readonly number[], signal: number): void {
  const opened: { readonly pid: number; readonly pidfd: Fd }[] = [];
  try {
    for (const pid of pids) {
      const pidfd = openProcess(pid);
      if (pidfd >= 0) opened.push({ pid, pidfd });
    }
    const still = new Set(cgroupProcesses(held));
    for (const { pid, pidfd } of opened) if (still.has(pid)) send(pid, pidfd, signal);
  } finally {
    for (const { pidfd } of opened) sys().close({ fd: pidfd });
  }
}

/** -1 if it has ended; EINVAL: a thread of a threaded cgroup, whose process is listed as well. */
function openProcess(pid: number): Fd {
  try {
    return pid === 0 ? -1 : sys().openProcess({ pid });
  } catch (error) {
    if (isSystemError(error, 'ESRCH', 'EINVAL')) return -1;
    throw fromSystem(error, { code: 'setup', phase: 'signal', operation: 'open process', path: String(pid) });
  }
}

function send(pid: number, pidfd: Fd, signal: number): void {
  try {
    sys().signalProcess({ pidfd, signal });
  } catch (error) {
    if (!isSystemError(error, 'ESRCH')) throw fromSystem(error, { code: 'setup', phase: 'signal', operation: 'kill', path: String(pid) });
  }
}
