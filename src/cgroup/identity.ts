import { fromSystem } from '../errors/from_system.js';
import { sys, isSystemError } from '../sys/call.js';
import type { Fd, FileStatus } from '../sys/contract.js';
import { claimOf } from './tree/claim.js';

/**
 * Identifies a container's cgroup. The path only says where to look: the cgroup may have been removed since, and another one created there.
 * If neither the inode nor the claim is known, nothing can be proved.
 */
export interface CgroupIdentity {
  /** An absolute path. */
  readonly directory: string;
  /** From statx(2). The kernel uses none twice in a boot (`kernfs_new_node`: 64 bits that count up). */
  readonly inode?: number | undefined;
  /** The claim of its creation, in case tsrun was killed before it recorded the inode. */
  readonly claim?: string | undefined;
}

/** An open cgroup that was proved to be the right one: what is done through the descriptor is done to no other. */
export interface HeldCgroup {
  readonly fd: Fd;
  /** For messages, and for rmdir(2). */
  readonly directory: string;
}

/** `unproved`: something is there, and its owner is unknown. */
export type Whose = 'own' | 'unproved' | 'other' | 'gone';

/** Whose cgroup is at the path now. */
export function whoseCgroup(identity: CgroupIdentity): Whose {
  return judge(identity, sys().status({ path: identity.directory, follow: false }));
}

/** Does something with the right cgroup. Returns null if it is gone, if another one took its place, or if nothing can be proved. */
export async function withCgroup<T>(identity: CgroupIdentity, work: (held: HeldCgroup) => T | PromiseLike<T>): Promise<T | null> {
  const held = holdCgroup({ identity });
  if (held === null) return null;
  try {
    return await work(held);
  } finally {
    sys().close({ fd: held.fd });
  }
}

/** Like {@link withCgroup}; the caller owns the descriptor. With `unproved`, also opens one whose owner is unknown. */
export function holdCgroup({
  identity,
  unproved = false,
}: {
  readonly identity: CgroupIdentity;
  readonly unproved?: boolean;
}): HeldCgroup | null {
  const { directory } = identity;
  const fd = openIfThere(directory);
  if (fd < 0) return null;
  let held = false;
  try {
    const whose = judge(identity, sys().status({ path: '', follow: false, fd }), fd);
    held = whose === 'own' || (unproved && whose === 'unproved');
  } finally {
    if (!held) sys().close({ fd });
  }
  return held ? { fd, directory } : null;
}

function judge({ directory, inode, claim }: CgroupIdentity, status: FileStatus | null, fd?: Fd): Whose {
  if (status === null) return 'gone';
  if (inode !== undefined) return status.inode === inode ? 'own' : 'other';
  const found = claimOf({ directory, ...(fd === undefined ? {} : { fd }) });
  if (found === null) return 'unproved';
  return found === claim ? 'own' : 'other';
}

const O_DIRECTORY = 0o200000;
const O_NOFOLLOW = 0o400000;
/** There are no symlinks in a hierarchy, and none lead to one (openat2(2)). */
const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_NO_SYMLINKS = 0x04;

function openIfThere(path: string): Fd {
  try {
    return sys().open({ path, flags: O_DIRECTORY | O_NOFOLLOW, resolve: RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS });
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'ENODEV')) return -1;
    throw fromSystem(error, { code: 'setup', phase: 'cgroup', operation: 'open cgroup', path });
  }
}
