import { fromSystem } from '../errors/from_system.js';
import { RuntimeError } from '../errors/runtime-error.js';
import { door, isSystemError } from '../native/call.js';
import { killCgroup } from './kill.js';
import { cgroupProcesses, subtree } from './processes.js';
import { until } from './wait.js';

/** Milliseconds that killed processes may take to leave. */
const patience = 10_000;

export interface RemoveCgroup {
  readonly directory: string;
  /** Directories above it that tsrun made, outermost first: removed where nothing else uses them. */
  readonly parents: readonly string[];
}

/**
 * Kills what is left in a cgroup and removes it, with what was made below it. One that is gone is no error. Most are empty by now, because the end of a pid
 * namespace's init ends all others in it: then the one rmdir(2) is all.
 */
export async function removeCgroup({ directory, parents }: RemoveCgroup): Promise<void> {
  if (tryRemove(directory)) return removeEmpty(parents);
  killCgroup({ directory });
  if (!(await until(() => removeTree(directory), patience))) throw stillUsed(directory);
  removeEmpty(parents);
}

/** Removes directories that are empty, the innermost, which is the last, first. */
export function removeEmpty(directories: readonly string[]): void {
  for (const directory of [...directories].reverse()) tryRemove(directory);
}

/** False while something is in it. */
function removeTree(directory: string): boolean {
  if (tryRemove(directory)) return true;
  // Either its processes are still on their way out, or the container made cgroups of its own.
  const below = subtree(directory);
  return below.length > 1 && [...below].reverse().every(tryRemove);
}

function tryRemove(path: string): boolean {
  try {
    door().removeDirectory({ path });
    return true;
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENODEV')) return true;
    if (isSystemError(error, 'EBUSY', 'ENOTEMPTY')) return false;
    throw fromSystem(error, { code: 'setup', phase: 'delete', operation: 'remove cgroup', path });
  }
}

function stillUsed(directory: string): RuntimeError {
  const pids = cgroupProcesses({ directory });
  return new RuntimeError(`remove cgroup "${directory}": device or resource busy (EBUSY)`, {
    code: 'setup',
    phase: 'delete',
    operation: 'remove cgroup',
    path: directory,
    errno: 'EBUSY',
    hint: pids.length === 0 ? 'something below it is in use' : `it still has the processes ${pids.slice(0, 10).join(', ')}`,
  });
}
