import { fromSystem } from '../errors/from_system.js';
import { RuntimeError } from '../errors/runtime-error.js';
import { door, isSystemError } from '../native/call.js';
import { until } from './wait.js';

/** Milliseconds that processes may take to stop: one in an uninterruptible call takes as long as the call. */
const patience = 10_000;

/** Stops every process of the cgroup and of those below it. On failure they run on. */
export async function freezeCgroup({ directory }: { readonly directory: string }): Promise<void> {
  await change(directory, '1', 'freeze');
}

/** Lets them run again. */
export async function thawCgroup({ directory }: { readonly directory: string }): Promise<void> {
  await change(directory, '0', 'thaw');
}

/** Whether the cgroup itself was frozen; false where it is gone, which also a read may find out (ENODEV). */
export function isFrozen({ directory }: { readonly directory: string }): boolean {
  try {
    return door().readText({ path: `${directory}/cgroup.freeze`, limit: 16 }).startsWith('1');
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENODEV')) return false;
    throw fromSystem(error, { code: 'setup', phase: 'cgroup', operation: 'read', path: `${directory}/cgroup.freeze` });
  }
}

async function change(directory: string, value: '0' | '1', operation: string): Promise<void> {
  const path = `${directory}/cgroup.freeze`;
  try {
    door().writeFile({ path, text: value, flags: 0 });
    if (await until(() => hasState(directory, value), patience)) return;
  } catch (error) {
    if (value === '1') thawQuietly(path);
    throw fromSystem(error, { code: 'setup', phase: 'cgroup', operation, path });
  }
  if (value === '1') thawQuietly(path);
  throw new RuntimeError(`${operation} cgroup "${directory}": not done after ${patience / 1000} s`, {
    code: 'setup',
    phase: 'cgroup',
    operation,
    path,
    hint: 'a process is in an uninterruptible system call: look for state D in ps',
  });
}

/** A container must not stay half frozen; that it cannot be thawed is no news beside the first error. */
function thawQuietly(path: string): void {
  try {
    door().writeFile({ path, text: '0', flags: 0 });
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

/** cgroup.events says when all processes have stopped (cgroup-v2.rst, "cgroup.freeze"). */
function hasState(directory: string, value: '0' | '1'): boolean {
  return door().readText({ path: `${directory}/cgroup.events`, limit: 4096 }).split('\n').includes(`frozen ${value}`);
}
