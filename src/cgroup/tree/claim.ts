import { fromSystem } from '../../errors/from_system.js';
import { sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';

/**
 * The extended attribute (cgroup v2 supports those of `user.` since Linux 5.7) that says what tsrun created a cgroup for. The kernel
 * creates it only once and for one caller (XATTR_CREATE, setxattr(2)), so of two creations in one directory one gets it. It disappears with
 * the directory, so a later cgroup at the same path is not mistaken for it.
 */
export const claimAttribute = 'user.tsrun';

/** Its value in a directory above those of containers. No container's claim has this value. */
export const parentClaim = 'parent';

/** Returns false if it belongs to another container, which may have ended. */
export function claimCgroup({ fd, directory, claim }: { readonly fd: Fd; readonly directory: string; readonly claim: string }): boolean {
  try {
    return sys().setAttribute({ path: directory, name: claimAttribute, value: claim, fd });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'cgroup', operation: 'claim cgroup', path: directory });
  }
}

/** The claim of the cgroup at a path, or of an open one; null if there is none. */
export function claimOf({ directory, fd }: { readonly directory: string; readonly fd?: Fd }): string | null {
  return sys().attribute({ path: directory, name: claimAttribute, ...(fd === undefined ? {} : { fd }) });
}
