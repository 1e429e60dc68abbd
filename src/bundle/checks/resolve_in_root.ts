import { sys } from '../../sys/call.js';
import type { FileStatus } from '../../sys/contract.js';

/** MAXSYMLINKS of the kernel (path_resolution(7)). */
const mostLinks = 40;

/**
 * Resolves a path as a process whose root directory is `root` would: symlinks are followed inside it. Returns null if nothing is there. Use
 * it only for messages, because everything may change between this check and a use; creation resolves paths with openat2(2) instead.
 */
export function statusInRoot({ root, path }: { readonly root: string; readonly path: string }): FileStatus | null {
  let links = 0;
  let resolved: readonly string[] = [];
  let status: FileStatus | null = sys().status({ path: root, follow: true });
  const rest = path.split('/');
  for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      resolved = resolved.slice(0, -1);
      status = directory(root, resolved);
      continue;
    }
    const host = `${root}/${[...resolved, part].join('/')}`;
    status = sys().status({ path: host, follow: false });
    if (status === null) return null;
    if (status.kind !== 'symlink') {
      resolved = [...resolved, part];
      continue;
    }
    if (++links > mostLinks) return null;
    const target = sys().readLink({ path: host });
    if (target.startsWith('/')) resolved = [];
    // The caller asks for what the link leads to, which may be the directory itself.
    status = directory(root, resolved);
    rest.unshift(...target.split('/'));
  }
  return status;
}

/** The root itself may be a symlink. */
function directory(root: string, resolved: readonly string[]): FileStatus | null {
  return sys().status({ path: resolved.length === 0 ? root : `${root}/${resolved.join('/')}`, follow: resolved.length === 0 });
}
