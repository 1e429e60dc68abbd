import { fromSystem } from '../../errors/from_system.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { sys, isSystemError } from '../../sys/call.js';
import { whoseCgroup, type CgroupIdentity, type HeldCgroup } from '../identity.js';
import { until } from '../wait.js';

/** Milliseconds that processes may take to stop: one in an uninterruptible call takes as long as the call. */
const timeoutMs = 10_000;

/** Stops every process of the cgroup and of those below it. On failure they run on. */
export async function freezeCgroup(held: HeldCgroup): Promise<void> {
  await change(held, '1', 'freeze');
}

/** Lets them run again. */
export async function thawCgroup(held: HeldCgroup): Promise<void> {
  await change(held, '0', 'thaw');
}

/**
 * Whether the cgroup itself was frozen; false where it is gone, which also a read may find out (ENODEV). Whose it is, is looked at where it is frozen: no container's usually is, and
 * this is asked for every state.
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

/** A container must not stay half frozen; that it cannot be thawed is no news beside the first error. */
function thawQuietly(held: HeldCgroup): void {
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
