import { cleanUp } from '../../errors/clean_up.js';
import type { Child } from '../../init/child.js';
import { sendFirstPlan, spawnWaiting } from '../../init/spawn.js';
import type { Operation } from '../../protocol/operations.js';
import { sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';

/**
 * Clones a process into the caller's cgroup and moves it into a frozen one. A process that clone3(2) puts into a frozen cgroup stops before
 * it executes tsrun-init, and CLONE_VFORK makes the caller wait for that: a program would do nothing else until somebody resumes the
 * container. The process runs nothing of the container's until it has been moved, because it gets its plan afterwards.
 */
export async function spawnIntoFrozen(
  cloning: Omit<Parameters<typeof spawnWaiting>[0], 'cgroup'>,
  operations: readonly Operation[],
  cgroup: Fd,
): Promise<Child> {
  const child = await spawnWaiting({ ...cloning, cgroup: -1 }, operations);
  try {
    sys().writeFile({ path: 'cgroup.procs', directory: cgroup, text: String(child.pid), flags: 0 });
    sendFirstPlan(child.socket, operations);
    return child;
  } catch (error) {
    throw await cleanUp(error, [() => child.killAndReap()]);
  }
}
