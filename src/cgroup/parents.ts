import { cleanUp } from '../errors/clean_up.js';
import { sys, isSystemError } from '../sys/call.js';
import { claimAttribute, claimOf, parentClaim } from './claim.js';
import { tryRemove } from './try_remove.js';

/**
 * Creates a directory above a container's cgroup; returns false if it exists. Directories that tsrun creates carry a claim, so that the
 * last container below one removes it, whichever was the first, and directories of an engine or an administrator stay.
 */
export async function makeParent(path: string): Promise<boolean> {
  try {
    sys().makeDirectory({ path, mode: 0o755 });
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

/** One that was removed by an earlier attempt, which then failed further up. */
function isGone(path: string): boolean {
  return sys().status({ path, follow: false }) === null;
}

/** Removes the directories above a container's cgroup that tsrun created and nothing uses any more. `parents` are outermost first. */
export function removeParents(parents: readonly string[]): void {
  for (const parent of [...parents].reverse()) {
    const goesOn = isOwnParent(parent) ? tryRemove(parent) : isGone(parent);
    if (!goesOn) return;
  }
}
