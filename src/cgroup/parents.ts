import { cleanUp } from '../errors/clean_up.js';
import { sys, isSystemError } from '../sys/call.js';
import { claimAttribute, claimOf, parentClaim } from './claim.js';
import { tryRemove } from './try_remove.js';

/**
 * Makes a directory above a container's cgroup; false where it is there. What tsrun makes carries a mark, so that the last container below it takes it away, whichever was the
 * first, and a directory that an engine or an administrator made stays.
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

/** Whether tsrun made it, for whichever container. */
export function isOwnParent(path: string): boolean {
  return claimOf({ directory: path }) === parentClaim;
}

/** One that was removed by an earlier attempt, which then failed further up. */
function isGone(path: string): boolean {
  return sys().status({ path, follow: false }) === null;
}

/** Removes what tsrun made above a container's cgroup and nothing uses any more: `parents` are outermost first. */
export function removeParents(parents: readonly string[]): void {
  for (const parent of [...parents].reverse()) {
    const goesOn = isOwnParent(parent) ? tryRemove(parent) : isGone(parent);
    if (!goesOn) return;
  }
}
