import { RuntimeError } from '../../errors/runtime_error.js';
import type { Mount } from '../../spec/types.js';
import type { PlanContext } from '../context.js';
import { mountAttribute } from '../../protocol/mount_flags.js';
import { parseMountOptions } from './options.js';
import type { NamespacePlan } from '../namespaces/index.js';

/**
 * Converts a mount of type `cgroup` to its equivalent on cgroup v2; returns other mounts unchanged.
 *
 * In a cgroup namespace, a new instance of cgroup2 shows only the container's part of the hierarchy. Without one, the host's hierarchy is
 * bound, because /proc/self/cgroup refers to it: a new instance would change the options of the host's, which all instances share
 * (apply_cgroup_root_flags() of kernel/cgroup/cgroup.c). The container may at most write to its own part of it (CVE-2023-25809).
 */
export function cgroupMount({ input, namespaces }: PlanContext, mount: Mount): readonly Mount[] {
  if (mount.type !== 'cgroup' && mount.type !== 'cgroup2') return [mount];
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
  if (namespaces.own.has('cgroup') && !belongsToOthers(namespaces))
    return [{ ...mount, type: 'cgroup2', source: mount.source ?? 'cgroup' }];
  // It is private, like the new instance that the peers mount: under a shared root the bind would be a peer of the host's mount, and mounts
  // that the container makes in it would appear on the host.
  const shared = input.spec.linux?.rootfsPropagation?.endsWith('shared') === true;
  const options = [...(shared ? ['rprivate'] : []), ...(mount.options ?? []).filter((option) => !cgroupData.has(option))];
  const whole = { ...mount, type: 'bind', source: hierarchy, options: [...options, 'rbind', 'rro'] };
  if (input.cgroupPath === null) return [whole];
  const part = { ...mount, type: 'bind', source: `${hierarchy}${input.cgroupPath}`, options: [...options, 'rbind'] };
  if (namespaces.own.has('cgroup')) return [part];
  const readonly = (parseMountOptions(options).set & mountAttribute.readonly) !== 0;
  return readonly ? [whole] : [whole, { ...part, destination: `${mount.destination}${input.cgroupPath}` }];
}

/**
 * A new user namespace has no rights over an existing cgroup namespace, and so cannot mount an instance for it. As in runc and crun, it
 * gets the directory.
 */
function belongsToOthers({ user, joined }: NamespacePlan): boolean {
  return user === 'made' && joined.some(({ type }) => type === 'cgroup');
}

/** Options of the file system itself, which a bind mount does not accept. */
const cgroupData: ReadonlySet<string> = new Set([
  'nsdelegate',
  'favordynmods',
  'memory_localevents',
  'memory_recursiveprot',
  'memory_hugetlb_accounting',
  'pids_localevents',
]);
