import { RuntimeError } from '../errors/runtime_error.js';
import { isCgroup2 } from '../host/mounts/cgroup.js';
import { sys } from '../sys/call.js';
import { holdCgroup, whoseCgroup, type CgroupIdentity, type HeldCgroup } from './identity.js';
import { thawQuietly } from './processes/freeze.js';
import { killCgroup } from './processes/kill.js';
import { removeParents } from './tree/parents.js';
import { cgroupProcesses } from './processes/index.js';
import { tryRemove } from './tree/try_remove.js';
import { until } from './wait.js';

/** How many milliseconds killed processes may take to leave. */
const timeoutMs = 10_000;

/**
 * Milliseconds for processes that nobody killed: one of the container that is still exiting, or one of an exec that notices the container's
 * end.
 */
const shortTimeoutMs = 2_000;

export interface RemoveCgroup {
  readonly cgroup: CgroupIdentity;
  /** Directories above it that tsrun created, outermost first: removed if nothing else uses them. */
  readonly parents: readonly string[];
  /**
   * Whether the processes in it are the container's and are killed. With its own pid namespace they are not: they would have ended with it,
   * so what is left was moved there from elsewhere. Never killed if nothing proves that the cgroup is the container's.
   */
  readonly kill: boolean;
  /**
   * Whether to remove empty cgroups below it even without proof that it is the container's: it is named by a complete record of tsrun
   * 0.1.0, which has no inode.
   */
  readonly unproved?: boolean;
}

/**
 * Removes a container's cgroup and what was created below it. Does not fail if it is gone, and leaves one that somebody else created in its
 * place. Most are already empty, because the end of a pid namespace's init ends all others in it; then one rmdir(2) is enough.
 */
export async function removeCgroup({ cgroup, parents, kill, unproved = false }: RemoveCgroup): Promise<void> {
  const whose = whoseCgroup(cgroup);
  if (whose === 'gone' || whose === 'other') requireHierarchy(cgroup.directory);
  else if (!tryRemove(cgroup.directory) && !(whose === 'unproved' && isUnclaimed(cgroup))) await removeUsed({ cgroup, kill, unproved });
  removeParents(parents);
}

/** A creation puts nothing into a cgroup that it has not claimed, so whatever is in one belongs to somebody else. */
function isUnclaimed({ claim }: CgroupIdentity): boolean {
  return claim !== undefined;
}

async function removeUsed({ cgroup, kill, unproved }: Omit<RemoveCgroup, 'parents'>): Promise<void> {
  const held = holdCgroup({ identity: cgroup, unproved: true });
  if (held === null) return;
  try {
    const proved = cgroup.inode !== undefined || whoseCgroup(cgroup) === 'own';
    if (kill && proved) killCgroup(held);
    // A tsrun-init of exec that was cloned into a paused container, and whose tsrun was killed, ends by itself as soon as it runs.
    else if (proved) thawQuietly(held);
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

/** A path that leads nowhere proves something only if the hierarchy is visible. */
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
