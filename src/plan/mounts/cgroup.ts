import { RuntimeError } from '../../errors/runtime_error.js';
import type { Mount } from '../../spec/types.js';
import type { PlanContext } from '../context.js';
import { mountAttribute } from '../../protocol/mount_flags.js';
import { parseMountOptions } from './options.js';
import type { NamespacePlan } from '../namespaces/index.js';

/**
 * A mount of type `cgroup` as what it comes to on cgroup v2; other mounts as they are.
 *
 * In a cgroup namespace a new instance of cgroup2 shows the container's part of the hierarchy only. Without one the host's hierarchy is
 * bound, which is what /proc/self/cgroup speaks of: a new instance would change the host's, which has one set of options
 * (apply_cgroup_root_flags() of kernel/cgroup/cgroup.c). Of it the container may change its own part at most (CVE-2023-25809).
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
  // As the new instance that the peers mount it is private: under a shared root the bind would be a peer of the host's mount, and what the
  // container mounts in it would appear there.
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
 * A new user namespace has no rights over a cgroup namespace that is there already, so that it may mount no instance for it: as both peers,
 * it gets the directory.
 */
function belongsToOthers({ user, joined }: NamespacePlan): boolean {
  return user === 'made' && joined.some(({ type }) => type === 'cgroup');
}

/** Options of the file system itself, which a bind does not take. */
const cgroupData: ReadonlySet<string> = new Set([
  'nsdelegate',
  'favordynmods',
  'memory_localevents',
  'memory_recursiveprot',
  'memory_hugetlb_accounting',
  'pids_localevents',
]);
