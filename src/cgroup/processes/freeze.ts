import { fromSystem } from '../../errors/from_system.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { sys, isSystemError } from '../../sys/call.js';
import { whoseCgroup, type CgroupIdentity, type HeldCgroup } from '../identity.js';
import { until } from '../wait.js';

/** How many milliseconds processes may take to stop: one in an uninterruptible call takes as long as the call. */
const timeoutMs = 10_000;

/** Stops every process in the cgroup and in those below it. If this fails, they continue. */
export async function freezeCgroup(held: HeldCgroup): Promise<void> {
  await change(held, '1', 'freeze');
}

/** Lets them continue. */
export async function thawCgroup(held: HeldCgroup): Promise<void> {
  await change(held, '0', 'thaw');
}

/**
 * Whether the cgroup itself is frozen; false if it is gone, which a read may also report (ENODEV). Checks whose cgroup it is only if it is
 * frozen, because that is rare and every state query calls this.
 */
export function isFrozen(cgroup: CgroupIdentity): boolean {
  const path = `${cgroup.directory}/cgroup.freeze`;
  try {
    return sys().readText({ path, limit: 16 }).startsWith('1') && whoseCgroup(cgroup) !== 'other';
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENODEV')) return false;
    throw fromSystem(error, { code: 'setup', phase: 'cgroup', operation: 'read', path });
  }
}

async function change(held: HeldCgroup, value: '0' | '1', operation: string): Promise<void> {
  const path = `${held.directory}/cgroup.freeze`;
  try {
    write(held, value);
    if (await until(() => hasState(held, value), timeoutMs)) return;
  } catch (error) {
    if (value === '1') thawQuietly(held);
    throw fromSystem(error, { code: 'setup', phase: 'cgroup', operation, path });
  }
  if (value === '1') thawQuietly(held);
  throw new RuntimeError(`${operation} cgroup "${held.directory}": not done after ${timeoutMs / 1000} s`, {
    code: 'setup',
    phase: 'cgroup',
    operation,
    path,
    hint: 'a process is in an uninterruptible system call: look for state D in ps',
  });
}

function write({ fd }: HeldCgroup, value: '0' | '1'): void {
  sys().writeFile({ path: 'cgroup.freeze', directory: fd, text: value, flags: 0 });
}

/** A container must not stay half frozen. A failure to thaw it adds nothing to the first error. */
export function thawQuietly(held: HeldCgroup): void {
  try {
    write(held, '0');
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

/** cgroup.events says when all processes have stopped (cgroup-v2.rst, "cgroup.freeze"). */
function hasState({ fd }: HeldCgroup, value: '0' | '1'): boolean {
  return sys().readText({ path: 'cgroup.events', directory: fd, limit: 4096 }).split('\n').includes(`frozen ${value}`);
}
