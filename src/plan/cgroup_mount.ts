import { RuntimeError } from '../errors/runtime-error.js';
import type { Mount } from '../spec/types.js';
import type { PlanContext } from './context.js';

/**
 * A mount of type `cgroup` as what it comes to on cgroup v2; other mounts as they are.
 *
 * In a cgroup namespace a new instance of cgroup2 shows the container's part of the hierarchy only. Without one it would show all of the host's, so the
 * container's own directory is bound instead.
 */
export function cgroupMount({ input, namespaces }: PlanContext, mount: Mount): Mount {
  if (mount.type !== 'cgroup' && mount.type !== 'cgroup2') return mount;
  const { cgroupMount: hierarchy } = input.host;
  if (hierarchy === null) {
    throw new RuntimeError(`mount "cgroup" on "${mount.destination}": the host has no cgroup v2 hierarchy mounted`, {
      code: 'unsupported',
      phase: 'plan',
      operation: 'mount',
      path: mount.destination,
      hint: 'mount it on the host (mount -t cgroup2 none /sys/fs/cgroup), or remove the mount from the configuration',
    });
  }
  if (namespaces.own.has('cgroup')) return { ...mount, type: 'cgroup2', source: 'cgroup' };
  const kept = (mount.options ?? []).filter((option) => !cgroupData.has(option));
  if (input.cgroupPath === null) {
    // The container has no directory of its own: it may look at the host's hierarchy, but not change it (CVE-2023-25809).
    return { ...mount, type: 'bind', source: hierarchy, options: [...kept, 'rbind', 'rro'] };
  }
  return { ...mount, type: 'bind', source: `${hierarchy}${input.cgroupPath}`, options: [...kept, 'rbind'] };
}

/** Options of the file system itself, which a bind does not take. */
const cgroupData: ReadonlySet<string> = new Set(['nsdelegate', 'favordynmods', 'memory_localevents', 'memory_recursiveprot', 'memory_hugetlb_accounting', 'pids_localevents']);
