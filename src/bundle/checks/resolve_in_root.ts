import { sys } from '../../sys/call.js';
import type { FileStatus } from '../../sys/contract.js';

/** MAXSYMLINKS of the kernel (path_resolution(7)). */
const mostLinks = 40;

/**
 * What a path means to a process whose root directory is `root`: symlinks are followed inside it. Null where there is nothing. Only for telling people
 * what they will find: between this look and a use everything may change, so creation resolves by openat2(2) instead.
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
    // It is what the link leads to that is asked for, and that may be the directory itself.
    status = directory(root, resolved);
    rest.unshift(...target.split('/'));
  }
  return status;
}

/** The root itself may be a symlink. */
function directory(root: string, resolved: readonly string[]): FileStatus | null {
  return sys().status({ path: resolved.length === 0 ? root : `${root}/${resolved.join('/')}`, follow: resolved.length === 0 });
}
