import { hasEmptyMounts } from '../../host/facts.js';
import { namespaceFlags } from '../../spec/names/namespaces.js';
import { propagationFlag } from '../../protocol/mount_flags.js';
import { mountOption, type Operation } from '../../protocol/operations.js';
import type { PlanContext } from '../context.js';
import { rootPropagation } from './rootfs.js';

/**
 * Whether the container's mount namespace begins with nothing but its own root (docs/decisions/0046). Otherwise it begins as a copy of the
 * host's mounts. A container must not notice the difference, so only what is known to be the same in both ways is made in the new one.
 */
export function beginsWithOwnMounts({ input, namespaces }: Omit<PlanContext, 'descriptors'>, mounted: readonly Operation[]): boolean {
  const { host, spec, rootfs } = input;
  if (!hasEmptyMounts(host)) return false;
  // In a user namespace, mounts are locked to each other, and a new procfs needs another one that is visible in the mount namespace.
  if ((namespaces.birth & namespaceFlags.mount) === 0 || namespaces.user !== 'host' || host.inUserNamespace) return false;
  // The host's whole tree is the root, or stays in the namespace, or layers are looked up in it.
  if (rootfs === '/' || input.noPivot || input.overlay !== null) return false;
  // Private mounts of the host are no longer unbindable; shared ones are those of the host.
  if (rootPropagation(spec) !== (propagationFlag.slave | propagationFlag.recursive)) return false;
  const mounts = mounted.filter((operation) => operation.op === 'mount');
  return !seesHostMounts(spec) && mounts.every(isKnown) && keepsOrder(mounts);
}

/**
 * Whether hooks run while the container's mount namespace has the host's files. createContainer hooks are programs of the host in that
 * namespace; prestart and createRuntime hooks may enter it and look for the container's root at its path of the host.
 */
function seesHostMounts({ hooks }: PlanContext['input']['spec']): boolean {
  return [hooks?.prestart, hooks?.createRuntime, hooks?.createContainer].some((list) => (list?.length ?? 0) > 0);
}

/** File systems whose source is not a path of the host. */
const sourceless: ReadonlySet<string> = new Set(['proc', 'sysfs', 'tmpfs', 'devpts', 'mqueue', 'cgroup2']);

type Mount = Extract<Operation, { op: 'mount' }>;

function isKnown({ options, type }: Mount): boolean {
  const has = (bits: number): boolean => (options & bits) !== 0;
  if (has(mountOption.remount)) return true;
  // tsrun is asked for it, and looks in this mount namespace; or it is not mounted if it is a symbolic link.
  if (has(mountOption.bind)) return !has(mountOption.fromHost | mountOption.copySymlink);
  return sourceless.has(String(type));
}

/**
 * Sources are cloned first, so /proc/self/mountinfo lists binds before all other mounts. Its readers take the last mount on a path for the
 * visible one.
 */
function keepsOrder(mounts: readonly Mount[]): boolean {
  const above = new Set<string>();
  return mounts.every(({ options, destination }) => {
    if ((options & mountOption.bind) !== 0) return !above.has(String(destination));
    for (let path = String(destination); path !== '' && !above.has(path); path = path.slice(0, path.lastIndexOf('/'))) above.add(path);
    return true;
  });
}
