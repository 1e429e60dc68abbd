import { RuntimeError } from '../errors/runtime_error.js';
import { sys } from '../sys/call.js';
import { isOwnParent } from './tree/parents.js';

/** What to create for a container. */
export interface PlannedCgroup {
  readonly mount: string;
  /** Absolute directory of the container's cgroup. */
  readonly directory: string;
  /**
   * Directories above it that are missing, or that tsrun created for another container, outermost first. Removed with it if they are empty.
   */
  readonly parents: readonly string[];
}

export interface PlanCgroup {
  readonly host: { readonly cgroupMount: string | null };
  /** Below the mount point. */
  readonly path: string;
}

/** Finds out which directories to create; creates none. */
export function planCgroup({ host, path }: PlanCgroup): PlannedCgroup {
  const mount = host.cgroupMount;
  if (mount === null) {
    throw new RuntimeError('make cgroup: no cgroup v2 hierarchy is mounted', {
      code: 'unsupported',
      phase: 'cgroup',
      operation: 'make cgroup',
      path,
      hint: 'mount -t cgroup2 none /sys/fs/cgroup/unified, or boot with systemd.unified_cgroup_hierarchy=1',
    });
  }
  const parts = path.split('/').filter((part) => part !== '');
  const above = parts.slice(0, -1).map((_, index) => [mount, ...parts.slice(0, index + 1)].join('/'));
  let first = above.length;
  while (first > 0 && !sys().access({ path: above[first - 1] as string, mode: 0 })) first--;
  while (first > 0 && isOwnParent(above[first - 1] as string)) first--;
  return { mount, directory: [mount, ...parts].join('/'), parents: above.slice(first) };
}
