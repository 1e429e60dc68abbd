import type { HostFacts } from '../../host/facts.js';
import { namespaceFlags, type NamespaceType } from '../../spec/names/namespaces.js';
import type { Linux, Namespace } from '../../spec/types.js';
import type { PlanContext } from '../context.js';
import { propagationFlag } from '../../protocol/mount_flags.js';
import { syncPoint, type Operation } from '../../protocol/operations.js';
import { overlayOperation } from '../mounts/overlay.js';

/** How the container gets its namespaces. */
export interface NamespacePlan {
  /** All types that are not the host's. */
  readonly own: ReadonlySet<NamespaceType>;
  /** Types that are created, not joined. */
  readonly made: ReadonlySet<NamespaceType>;
  /** CLONE_NEW* flags of the clone. */
  readonly birth: number;
  /** CLONE_NEW* flags that tsrun-init uses after it joined namespaces. */
  readonly later: number;
  /** CLONE_NEW* flags that it uses last, as root of the container. */
  readonly last: number;
  /** In the order in which they are joined. */
  readonly joined: readonly { readonly type: NamespaceType; readonly path: string }[];
  readonly user: 'host' | 'made' | 'joined';
  /**
   * Whether an overlay is mounted before any namespace is entered. Not for one over `/`, because a process that does not see the root of
   * its mounts cannot create a user namespace (current_chrooted() of the kernel).
   */
  readonly overlayFirst: boolean;
}

/**
 * Root can enter namespaces of every owner as long as it is in its own user namespace, so the user namespace comes last. Other users gain
 * their rights by entering it, so for them it comes first.
 */
const joinOrder = ['network', 'ipc', 'uts', 'cgroup', 'time', 'pid', 'mount'] as const;

/**
 * Creates namespaces with the clone, with these exceptions:
 * - cgroup and time namespaces, which tsrun-init creates (docs/decisions/0004);
 * - ipc with a new user namespace, because its creator owns its /dev/mqueue (mqueue_get_inode() of ipc/mqueue.c), and must own it to
 * label it;
 * - all if a user namespace is joined, or is created while others are joined: the joined ones must be entered first, since the new user
 * namespace has no rights over them, and the created ones should be owned by the container's user namespace (user_namespaces(7));
 * - all if a pid namespace is joined, which only a child can enter (pid_namespaces(7)): its processes must not find a process there that
 * shares tsrun's memory (CVE-2016-9962), so the child must be tsrun-init's, not tsrun's;
 * - all if an overlay is mounted before a user namespace is entered.
 */
export function planNamespaces(list: readonly Namespace[], host: HostFacts, overlay = false): NamespacePlan {
  const own = new Set<NamespaceType>();
  const made = new Set<NamespaceType>();
  const paths = new Map<NamespaceType, string>();
  let flags = 0;
  for (const { type, path } of list) {
    own.add(type);
    if (path !== undefined && path !== '') {
      paths.set(type, path);
      continue;
    }
    made.add(type);
    if (type !== 'time') flags |= namespaceFlags[type];
  }
  const order: readonly NamespaceType[] = host.euid === 0 ? [...joinOrder, 'user'] : ['user', ...joinOrder];
  const joined = order.flatMap((type) => {
    const path = paths.get(type);
    return path === undefined ? [] : [{ type, path }];
  });
  const user = made.has('user') ? 'made' : paths.has('user') ? 'joined' : 'host';
  const last = flags & (namespaceFlags.cgroup | (user === 'made' ? namespaceFlags.ipc : 0));
  flags &= ~last;
  // Only an overlay that does not belong to the user namespace can keep owners that the namespace does not map. So we mount it, and the
  // mounts are then copied once more. Another user than root may mount only in the user namespace (Linux 5.11).
  const overlayFirst = overlay && user !== 'host' && made.has('mount') && host.euid === 0;
  const inInit = overlayFirst || user === 'joined' || (user === 'made' && joined.length > 0) || paths.has('pid');
  return {
    own,
    made,
    birth: inInit ? 0 : flags,
    later: inInit ? flags : 0,
    last,
    joined,
    user,
    overlayFirst,
  };
}

/** Enters and creates the namespaces, until the process is root in all of them. */
export function enterNamespaces(context: PlanContext): readonly Operation[] {
  const { namespaces, descriptors, input } = context;
  const operations: Operation[] = namespaces.overlayFirst ? [...firstOverlay(context)] : [];
  for (const { type, path } of namespaces.joined) {
    const fd = descriptors.add({ kind: 'namespace', path, type });
    operations.push({ op: 'joinNamespace', fd, namespace: namespaceFlags[type], path });
  }
  // If it has other ids than the configuration says, everything that depends on them would be wrong, so the host compares them.
  if (mapsToCompare(context)) operations.push({ op: 'sync', point: syncPoint.idMaps });
  if (namespaces.user === 'joined') operations.push({ op: 'becomeRoot' });
  const joinsPid = namespaces.joined.some(({ type }) => type === 'pid');
  if (joinsPid || (namespaces.later & namespaceFlags.pid) !== 0) operations.push({ op: 'respawn', cloneFlags: namespaces.later });
  else if (namespaces.later !== 0) operations.push({ op: 'unshare', namespaces: namespaces.later });
  if (namespaces.user === 'made') {
    const point = input.host.euid === 0 ? syncPoint.idMaps : syncPoint.idMapsOfUser;
    operations.push({ op: 'sync', point }, { op: 'becomeRoot' });
  }
  if (namespaces.last !== 0) operations.push({ op: 'unshare', namespaces: namespaces.last });
  if (namespaces.made.has('time')) operations.push({ op: 'timeOffsets', offsets: timeOffsets(input.spec.linux?.timeOffsets) });
  return operations;
}

/** Whether the configuration also has mappings for a user namespace that is joined. */
export function mapsToCompare({
  namespaces,
  input: { spec },
}: Pick<PlanContext, 'namespaces'> & { readonly input: Pick<PlanContext['input'], 'spec'> }): boolean {
  return namespaces.user === 'joined' && ((spec.linux?.uidMappings?.length ?? 0) > 0 || (spec.linux?.gidMappings?.length ?? 0) > 0);
}

/** Mounts the overlay in a copy of the host's mounts that is detached from them; the container gets a copy of that copy. */
function firstOverlay(context: PlanContext): readonly Operation[] {
  const propagation = propagationFlag.slave | propagationFlag.recursive;
  return [{ op: 'unshare', namespaces: namespaceFlags.mount }, { op: 'rootPropagation', propagation }, ...overlayOperation(context)];
}

/** Sets up what is inside the new namespaces before anything is mounted: names, the loopback interface, network devices. */
export function furnishNamespaces({ namespaces, input }: PlanContext): readonly Operation[] {
  const { spec } = input;
  const operations: Operation[] = [{ op: 'newSession', terminal: 0 }];
  if (namespaces.made.has('network')) operations.push({ op: 'loopbackUp' });
  if (Object.keys(spec.linux?.netDevices ?? {}).length > 0) operations.push({ op: 'sync', point: syncPoint.namespaces });
  if (spec.hostname !== undefined && spec.hostname !== '') operations.push({ op: 'hostname', name: spec.hostname });
  if (spec.domainname !== undefined && spec.domainname !== '') operations.push({ op: 'domainname', name: spec.domainname });
  return operations;
}

/** Lines of /proc/self/timens_offsets (time_namespaces(7)). */
function timeOffsets(offsets: Linux['timeOffsets']): string {
  let text = '';
  for (const [clock, offset] of Object.entries(offsets ?? {})) {
    text += `${clock} ${offset.secs ?? 0} ${offset.nanosecs ?? 0}\n`;
  }
  return text;
}
