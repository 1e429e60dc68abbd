import { sys } from '../sys/call.js';
import type { Fd } from '../sys/contract.js';

/** open(2), openat2(2). */
const O_PATH = 0o10000000;
const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_IN_ROOT = 0x10;

/**
 * Opens a path as a process with this root would find it: `..` and symbolic links, which an image or a container may have made, stay below
 * the root. Returns a descriptor without access (O_PATH), which the caller closes.
 * @throws SystemError
 */
export function openInRoot(root: Fd, path: string): Fd {
  return sys().open({ path: path === '' ? '.' : path, flags: O_PATH, directory: root, resolve: RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS });
}

/** Opens the directory that is the root for {@link openInRoot}. The caller closes it. */
export function openRoot(path: string): Fd {
  return sys().open({ path, flags: O_PATH });
}
