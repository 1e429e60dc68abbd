import { fromSystem } from '../errors/from_system.js';
import { sys } from '../sys/call.js';
import type { Fd } from '../sys/contract.js';

/**
 * The extended attribute (cgroup v2 has those of `user.` since Linux 5.7) by which a cgroup says what tsrun made it for. The kernel makes it once and for one of any number
 * of callers (XATTR_CREATE, setxattr(2)), so that of two creations in one directory one gets it; and it ends with the directory, so that no path is ever taken for it.
 */
export const claimAttribute = 'user.tsrun';

/** Its value in a directory above those of containers. No container's claim is this. */
export const parentClaim = 'parent';

/** False where it is another container's, which may have ended. */
export function claimCgroup({ fd, directory, claim }: { readonly fd: Fd; readonly directory: string; readonly claim: string }): boolean {
  try {
    return sys().setAttribute({ path: directory, name: claimAttribute, value: claim, fd });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'cgroup', operation: 'claim cgroup', path: directory });
  }
}

/** What the cgroup at a path was claimed for, or an open one; null for nothing. */
export function claimOf({ directory, fd }: { readonly directory: string; readonly fd?: Fd }): string | null {
  return sys().attribute({ path: directory, name: claimAttribute, ...(fd === undefined ? {} : { fd }) });
}
