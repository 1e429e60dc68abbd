import { RuntimeError } from '../errors/runtime_error.js';
import { isCgroup2 } from '../host/cgroup_mount.js';
import { sys } from '../sys/call.js';
import { holdCgroup, whoseCgroup, type CgroupIdentity, type HeldCgroup } from './identity.js';
import { killCgroup } from './processes/kill.js';
import { removeParents } from './parents.js';
import { cgroupProcesses } from './processes/index.js';
import { tryRemove } from './try_remove.js';
import { until } from './wait.js';

/** Milliseconds that killed processes may take to leave. */
const timeoutMs = 10_000;

/** Milliseconds for what nobody killed: a process of the container that is still on its way out, or of an exec that notices the end of it. */
const shortTimeoutMs = 2_000;

export interface RemoveCgroup {
  readonly cgroup: CgroupIdentity;
  /** Directories above it that tsrun made, outermost first: removed where nothing else uses them. */
  readonly parents: readonly string[];
  /**
   * Whether processes that are in it are the container's, and are killed. With a pid namespace of its own they are not: its end was theirs, and what is left was brought there from
   * elsewhere. Never where the cgroup cannot be proved to be the container's.
   */
  readonly kill: boolean;
  /** Whether empty cgroups below it are removed also where it cannot be proved to be the container's: it stands in a whole record of tsrun 0.1.0, which says no inode. */
  readonly unproved?: boolean;
}

/**
 * Removes a container's cgroup, with what was made below it. One that is gone is no error, and one that another has made in its place stays. Most are empty by now, because the end of
 * a pid namespace's init ends all others in it: then the one rmdir(2) is all.
 */
export async function removeCgroup({ cgroup, parents, kill, unproved = false }: RemoveCgroup): Promise<void> {
  const whose = whoseCgroup(cgroup);
  if (whose === 'gone' || whose === 'other') requireHierarchy(cgroup.directory);
  else if (!tryRemove(cgroup.directory)) await removeUsed({ cgroup, kill, unproved });
  removeParents(parents);
}

async function removeUsed({ cgroup, kill, unproved }: Omit<RemoveCgroup, 'parents'>): Promise<void> {
  const held = holdCgroup({ identity: cgroup, unproved: true });
  if (held === null) return;
  try {
    const proved = cgroup.inode !== undefined || whoseCgroup(cgroup) === 'own';
    if (kill && proved) killCgroup(held);
    const emptied = (): boolean => (proved || unproved === true) && sys().removeCgroupsBelow({ directory: held.fd });
    const gone = await until(
      () => tryRemove(held.directory) || (emptied() && tryRemove(held.directory)),
      kill && proved ? timeoutMs : shortTimeoutMs,
    );
    if (!gone) throw stillUsed(held);
  } finally {
    sys().close({ fd: held.fd });
  }
}

/** That a path leads nowhere says something only where the hierarchy can be seen. */
function requireHierarchy(directory: string): void {
  let path = directory;
  while (path !== '' && sys().status({ path, follow: false }) === null) path = path.slice(0, path.lastIndexOf('/'));
  if (isCgroup2(path === '' ? '/' : path)) return;
  throw new RuntimeError(`remove cgroup "${directory}": no such file or directory (ENOENT)`, {
    code: 'setup',
    phase: 'delete',
    operation: 'remove cgroup',
    path: directory,
    errno: 'ENOENT',
    hint: 'the cgroup v2 hierarchy is not mounted here any more: mount it where it was, and delete the container again',
  });
}

function stillUsed(held: HeldCgroup): RuntimeError {
  const pids = cgroupProcesses(held);
  return new RuntimeError(`remove cgroup "${held.directory}": device or resource busy (EBUSY)`, {
    code: 'setup',
    phase: 'delete',
    operation: 'remove cgroup',
    path: held.directory,
    errno: 'EBUSY',
    hint: pids.length === 0 ? 'something below it is in use' : `it still has the processes ${pids.slice(0, 10).join(', ')}`,
  });
}
