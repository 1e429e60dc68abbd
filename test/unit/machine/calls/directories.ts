import type { Sys } from '../../../../src/sys/contract.js';
import type { Handle } from '../kernel/descriptors.js';
import { fail, filesystems } from '../kernel/tree.js';
import type { World } from '../world.js';

/** Directories, and the locks on them. */
export function directoryCalls({ tree, paths, descriptors, cgroups, resctrl }: World): Partial<Sys> {
  return {
    makeDirectory: ({ path }) => {
      const { parent, name } = paths.splitAtName(path, undefined, 'mkdir');
      if (parent.entries.has(name)) fail('EEXIST', 'mkdir', path);
      if (parent.filesystem === filesystems.cgroup2) cgroups.make(`${parent.path}/${name}`);
      else if (parent.filesystem === filesystems.resctrl) resctrl?.make(`${parent.path}/${name}`);
      else tree.add(name, 'directory', parent);
    },
    removeDirectory: ({ path }) => {
      const node = paths.need(path, 'rmdir');
      if (node.filesystem === filesystems.cgroup2) cgroups.remove(node);
      else if (node.filesystem === filesystems.resctrl) tree.detach(node);
      else if (node.entries.size > 0) fail('ENOTEMPTY', 'rmdir', path);
      else tree.detach(node);
    },
    removeTree: ({ path, fd }) => {
      const held = fd === undefined ? paths.find(path) : descriptors.node(fd, 'unlinkat');
      held?.entries.clear();
      if (held !== null) tree.detach(held);
    },
    copyTree: ({ from, to }) => {
      const copy = descriptors.node(to, 'openat');
      for (const [name, node] of descriptors.node(from, 'fstat').entries) tree.add(name, node.kind, copy);
      return Promise.resolve();
    },
    listDirectory: ({ path }) => [...paths.need(path, 'open').entries.keys()],
    openOwnDirectory: ({ path }) => {
      const node = paths.need(path, 'open');
      if (node.kind !== 'directory') fail('ENOTDIR', 'open', path);
      return descriptors.add({ kind: 'file', node });
    },
    takeDirectory: ({ path }) => {
      const node = paths.create(path, 'directory');
      const handle: Handle = { kind: 'file', node };
      lock(handle);
      return descriptors.add(handle);
    },
    lockDirectory: ({ path, fd }) => {
      const node = paths.need(path, 'open');
      if (node.kind !== 'directory') fail('ENOTDIR', 'open', path);
      if (fd !== undefined) {
        const held = descriptors.get(fd, 'flock');
        if (held.kind !== 'file' || held.node !== node) return fail('ENOENT', 'open', path);
        return lock(held) ? fd : -1;
      }
      const handle: Handle = { kind: 'file', node };
      return lock(handle) ? descriptors.add(handle) : -1;
    },
    unlockDirectory: ({ fd }) => {
      descriptors.node(fd, 'flock').lock = null;
    },
  };
}

/** flock(2), exclusive, without waiting. */
function lock(handle: Handle & { readonly kind: 'file' }): boolean {
  if (handle.node.lock !== null && handle.node.lock !== handle) return false;
  handle.node.lock = handle;
  return true;
}
