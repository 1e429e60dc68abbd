import { RuntimeError } from '../../errors/runtime_error.js';
import { cgroupPathProblem, longestName } from '../../spec/names/cgroup_path.js';

export interface CgroupPathOptions {
  readonly id: string;
  readonly spec: { readonly linux?: { readonly cgroupsPath?: string | undefined } | undefined };
}

const pointer = '/linux/cgroupsPath';

/** The directory for relative paths, below the mount point. */
export const defaultParent = 'tsrun';

/**
 * The container's cgroup below the mount point: `linux.cgroupsPath` if it is absolute (config-linux.md, "Cgroups Path"), otherwise a place
 * that the runtime may choose. Relative paths are below /tsrun. Without a path it is one directory, because creating and removing each
 * directory costs as much as a mount.
 */
export function cgroupPathOf({ id, spec }: CgroupPathOptions): string {
  const asked = spec.linux?.cgroupsPath ?? '';
  const parts = asked.split('/').filter((part) => part !== '' && part !== '.');
  const reason = cgroupPathProblem(asked);
  if (reason !== undefined) throw invalid(asked, reason);
  if (asked.startsWith('/')) {
    // The root cgroup contains everything on the host: it cannot be limited, and killing it would end the host.
    if (parts.length === 0) throw invalid(asked, "the root cgroup cannot be a container's");
    return `/${parts.join('/')}`;
  }
  if (parts.length > 0) return `/${defaultParent}/${parts.join('/')}`;
  const name = `${defaultParent}-${id}`;
  // The longest ids leave no room for a prefix.
  return name.length > longestName ? `/${defaultParent}/${id}` : `/${name}`;
}

function invalid(asked: string, reason: string): RuntimeError {
  return new RuntimeError(`use cgroup path "${asked}": ${reason}`, {
    code: 'invalid-config',
    phase: 'cgroup',
    operation: 'cgroup path',
    path: pointer,
  });
}
