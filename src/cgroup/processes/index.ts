import { fromSystem } from '../../errors/from_system.js';
import { sys, isSystemError } from '../../sys/call.js';
import type { HeldCgroup } from '../identity.js';

/** The host's process ids in a cgroup and in all below it, sorted; empty if it is gone. */
export function cgroupProcesses({ fd, directory }: HeldCgroup): readonly number[] {
  try {
    return [...sys().cgroupProcesses({ directory: fd })].sort((a, b) => a - b);
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'cgroup', operation: 'list processes of cgroup', path: directory });
  }
}

/** Whether there are any processes; the kernel counts them (cgroup-v2.rst, "cgroup.events"). */
export function hasProcesses({ fd, directory }: HeldCgroup): boolean {
  try {
    return sys().readText({ path: 'cgroup.events', directory: fd, limit: 4096 }).split('\n').includes('populated 1');
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENODEV')) return false;
    throw fromSystem(error, { code: 'setup', phase: 'cgroup', operation: 'read', path: `${directory}/cgroup.events` });
  }
}
