import { fromSystem } from '../../errors/from_system.js';
import { throughDescriptor } from '../../errors/through_descriptor.js';
import { openInRoot, openRoot } from '../../host/open_in_root.js';
import { isBind } from '../../spec/mounts.js';
import type { Mount, Spec } from '../../spec/types.js';
import { sys, isSystemError } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';

const O_CREAT = 0o100;
const O_EXCL = 0o200;
const O_WRONLY = 1;
const mode = 0o755;

/**
 * Creates the missing mount points in a root file system, as the creation of the container did, for an image from another host. Not those
 * below a tmpfs, whose files CRIU restores, nor below another mount, which has them.
 */
export function makeMountPoints({ spec, rootfs, bundle }: { readonly spec: Spec; readonly rootfs: string; readonly bundle: string }): void {
  const mounts = spec.mounts ?? [];
  const root = openRoot(rootfs);
  try {
    for (const mount of mounts) {
      const inRoot = !mounts.some(({ destination }) => mount.destination.startsWith(`${destination === '/' ? '' : destination}/`));
      if (inRoot) makeMountPoint(root, mount, bundle);
    }
  } finally {
    sys().close({ fd: root });
  }
}

function makeMountPoint(root: Fd, mount: Mount, bundle: string): void {
  const { destination, source = '' } = mount;
  const names = destination.split('/').filter((name) => name !== '' && name !== '.');
  const path = source.startsWith('/') ? source : `${bundle}/${source}`;
  const isFile = isBind(mount) && sys().status({ path, follow: true })?.kind !== 'directory';
  try {
    for (let count = 1; count <= names.length; count++) makeOne(root, names.slice(0, count), isFile && count === names.length);
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'restore', operation: 'make mount point', path: destination });
  }
}

/** The last name of a path whose beginning exists; every link in it stays inside the root. */
function makeOne(root: Fd, names: readonly string[], isFile: boolean): void {
  if (closeOpened(() => openIn(root, names))) return;
  const name = names[names.length - 1] as string;
  const above = openIn(root, names.slice(0, -1));
  try {
    if (isFile) sys().close({ fd: sys().open({ path: name, flags: O_WRONLY | O_CREAT | O_EXCL, mode, directory: above }) });
    else {
      throughDescriptor({ fd: above, name: `/${names.slice(0, -1).join('/')}` }, (directory) => {
        sys().makeDirectory({ path: `${directory}/${name}`, mode });
      });
    }
  } finally {
    sys().close({ fd: above });
  }
}

const openIn = (root: Fd, names: readonly string[]): Fd => openInRoot(root, names.join('/'));

/** Whether it is there. */
function closeOpened(open: () => Fd): boolean {
  try {
    sys().close({ fd: open() });
    return true;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return false;
    throw error;
  }
}
