import { fromSystem } from '../../errors/from_system.js';
import { isSystemError, sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import type { HeldCgroup } from '../identity.js';

const O_DIRECTORY = 0o200000;
const O_NOFOLLOW = 0o400000;
const O_PATH = 0o10000000;
const RESOLVE_NO_XDEV = 0x01;
const RESOLVE_NO_SYMLINKS = 0x04;
const RESOLVE_BENEATH = 0x08;

/** The mount point of the hierarchy, below which cgroups are opened. */
export function openHierarchy(path: string): Fd {
  try {
    return sys().open({ path, flags: O_PATH | O_DIRECTORY });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'cgroup', operation: 'open cgroup', path });
  }
}

export const fileHint = 'the kernel has a file of this name: choose another /linux/cgroupsPath';

/**
 * Opens the cgroup, without O_PATH because bpf(2) needs a fully opened descriptor. Never opens what is mounted over a part of the
 * hierarchy. Returns null if it is gone.
 */
export function openBelow(hierarchy: Fd, { mount, directory }: { readonly mount: string; readonly directory: string }): HeldCgroup | null {
  const path = directory.slice(mount.length).replace(/^\/+/, '');
  try {
    const fd = sys().open({
      path,
      directory: hierarchy,
      flags: O_DIRECTORY | O_NOFOLLOW,
      resolve: RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
    });
    return { fd, directory };
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENODEV')) return null;
    throw fromSystem(error, {
      code: 'setup',
      phase: 'cgroup',
      operation: 'open cgroup',
      path: directory,
      ...(isSystemError(error, 'ENOTDIR') ? { hint: fileHint } : {}),
      ...(isSystemError(error, 'EXDEV')
        ? { hint: 'something is mounted over a part of the cgroup v2 hierarchy: choose another /linux/cgroupsPath' }
        : {}),
    });
  }
}
