import { cleanUp } from '../../errors/clean_up.js';
import { sys, isSystemError } from '../../sys/call.js';
import { claimAttribute, claimOf, parentClaim } from './claim.js';
import { tryRemove } from './try_remove.js';

/**
 * The sticky bit says whose a directory is from the moment it exists (mkdir(2)), should tsrun be killed before it can claim it. It changes
 * nothing in a directory that only its owner can write to.
 */
const [parentMode, stickyBit] = [0o1755, 0o1000];

/**
 * Creates a directory above a container's cgroup; returns false if it exists. Directories that tsrun creates carry a claim, so that the
 * last container below one removes it, whichever was the first, and directories of an engine or an administrator stay.
 */
export async function makeParent(path: string): Promise<boolean> {
  try {
    sys().makeDirectory({ path, mode: parentMode });
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) return false;
    throw error;
  }
  try {
    sys().setAttribute({ path, name: claimAttribute, value: parentClaim });
  } catch (error) {
    // Without the mark nobody would ever take it away.
    throw await cleanUp(error, [() => tryRemove(path)]);
  }
  return true;
}

/** Whether tsrun created it, for any container. */
export function isOwnParent(path: string): boolean {
  return claimOf({ directory: path }) === parentClaim;
}

/**
 * Claims one that its tsrun did not live to claim. If it is in use, the last container of those that are created from now on removes it.
 */
function claimUnfinished(path: string): boolean {
  const status = sys().status({ path, follow: false });
  if (status === null || (status.mode & stickyBit) === 0 || status.uid !== sys().ids().euid) return false;
  return claimOf({ directory: path }) === null && sys().setAttribute({ path, name: claimAttribute, value: parentClaim });
}

/** One that was removed by an earlier attempt, which then failed further up. */
function isGone(path: string): boolean {
  return sys().status({ path, follow: false }) === null;
}

/** Removes the directories above a container's cgroup that tsrun created and nothing uses any more. `parents` are outermost first. */
export function removeParents(parents: readonly string[]): void {
  for (const parent of [...parents].reverse()) {
    const goesOn = isOwnParent(parent) || claimUnfinished(parent) ? tryRemove(parent) : isGone(parent);
    if (!goesOn) return;
  }
}
