import { RuntimeError } from '../errors/runtime_error.js';
import { cgroupPathProblem, longestName } from '../spec/names/cgroup_path.js';

export interface CgroupPathOptions {
  readonly id: string;
  readonly spec: { readonly linux?: { readonly cgroupsPath?: string | undefined } | undefined };
  /** --systemd-cgroup. */
  readonly systemd: boolean;
}

const pointer = '/linux/cgroupsPath';

/** Where relative paths are put, below the mount point. */
export const defaultParent = 'tsrun';

/**
 * The container's cgroup below the mount point: `linux.cgroupsPath` where it is absolute (config-linux.md, "Cgroups Path"), else a place that a runtime may choose:
 * relative paths are below /tsrun; without a path it is one directory, for each one to make and to remove costs as much as a mount.
 */
export function cgroupPathOf({ id, spec, systemd }: CgroupPathOptions): string {
  if (systemd) {
    throw new RuntimeError('use systemd cgroup driver: not supported', {
      code: 'unsupported',
      phase: 'cgroup',
      operation: 'cgroup path',
      path: pointer,
      hint: 'leave out --systemd-cgroup and let the engine use the cgroupfs driver',
    });
  }
  const asked = spec.linux?.cgroupsPath ?? '';
  const parts = asked.split('/').filter((part) => part !== '' && part !== '.');
  const reason = cgroupPathProblem(asked);
  if (reason !== undefined) throw invalid(asked, reason);
  if (asked.startsWith('/')) {
    // Everything of the host is in the root cgroup: it cannot be limited, and killing it would end the host.
    if (parts.length === 0) throw invalid(asked, "the root cgroup cannot be a container's");
    return `/${parts.join('/')}`;
  }
  if (parts.length > 0) return `/${defaultParent}/${parts.join('/')}`;
  const name = `${defaultParent}-${id}`;
  // The longest ids have no room for a name in front of them.
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
