import { mountOption, type Operation, type OperationName } from '../../protocol/operations.js';
import { propagationFlag } from '../../protocol/mount_flags.js';
import { parentOf, type Covered } from './covered.js';

type Of<N extends OperationName> = Extract<Operation, { readonly op: N }>;

/** Whether an operation may be done ahead, given what is mounted at that point. */
type Rule<N extends OperationName> = (operation: Of<N>, covered: Covered) => boolean;

const never = (): boolean => false;
const always = (): boolean => true;

/**
 * Says which operations may be carried out before their container is asked for, with the proof that it makes no difference. An operation
 * may be done ahead if its outcome depends only on the plan, or on what is compared again when the container is created (`Sources`,
 * `Places`, `inherited`). A new operation must be decided here, or the program does not compile. An operation that may be done ahead has a
 * row in test/security/inside/warm_operations.test.ts, which changes the host in between.
 */
const rules: { readonly [N in OperationName]: Rule<N> } = {
  // Attributes of the process and of namespaces that nobody else is in. What they replace is inherited from us and is compared.
  oomScoreAdj: always,
  unshare: always,
  timeOffsets: always,
  newSession: always,
  hostname: always,
  domainname: always,
  loopbackUp: always,
  personality: always,
  // Sysctls of new namespaces (spec/checks/namespaces/index.ts): nothing after joinNamespace is done ahead.
  sysctl: always,

  // The copy of the host's mounts, and what is cloned from it: the host's mounts and the file are compared. A shared root would expose new
  // mounts to the host immediately.
  ownMounts: always,
  rootPropagation: ({ propagation }) => (propagation & propagationFlag.shared) === 0,
  rootfs: ({ fd }) => fd < 0,
  mount: mayMount,
  // Nobody else creates entries in the slot's own tmpfs. Bound nodes are the host's.
  device: ({ bind, path }, covered) => bind === 0 && covered.isPrivate(parentOf(String(path))),
  symlink: ({ path }, covered) => covered.isPrivate(parentOf(String(path))),
  // Depends on nothing, and keeps nothing of the copy of the host's mounts.
  pivotRoot: always,

  // They cover or protect what exists now: a file that is created, or replaced by rename(2), later must be covered as well.
  mask: never,
  readonlyPath: never,
  // Looks up a path in the image.
  propagation: never,
  workingDirectory: never,
  findExecutable: never,
  // Another container may have the same work directory by then, and what is looked up in its layers must not change
  // (Documentation/filesystems/overlayfs.rst, "Changes to underlying filesystems").
  overlay: never,
  // Keeps the copy of the host's mounts, and hides the parts of it that are exposed at that moment.
  moveRoot: never,
  // Nothing can be created in the root after it.
  rootAttributes: never,
  // It contains the container's name.
  keyring: never,
  // They need a descriptor, or tsrun, or end the prefix.
  sourceProof: never,
  joinNamespace: never,
  joinProcess: never,
  becomeRoot: never,
  respawn: never,
  sync: never,
  changeRoot: never,
  terminal: never,
  nextPlan: never,
  reaper: never,
  ready: never,
  hook: never,
  // Cheap, and comes after what must be done later.
  rlimit: never,
  scheduler: never,
  ioPriority: never,
  memoryPolicy: never,
  cpuAffinity: never,
  parentDeathSignal: never,
  boundingSet: never,
  user: never,
  capabilities: never,
  noNewPrivileges: never,
  seccomp: never,
  securityAttribute: never,
  standardStreams: never,
  execute: never,
};

/** The operations that may be done ahead for some container. */
export function aheadOfSome(): readonly OperationName[] {
  return (Object.keys(rules) as OperationName[]).filter((name) => rules[name] !== never);
}

export function mayBeInPrefix<N extends OperationName>(operation: Of<N>, covered: Covered): boolean {
  const rule = rules[operation.op] as Rule<N> | undefined;
  return rule !== undefined && rule(operation, covered);
}

/**
 * File systems without state outside of the mount: each mount is a new one, or shows a namespace that the slot itself created. Not a disk,
 * which shares one state among all mounts, nor overlay, whose work directory belongs to one mount at a time.
 */
const stateless: ReadonlySet<string> = new Set(['proc', 'sysfs', 'tmpfs', 'devpts', 'mqueue', 'cgroup2']);

function mayMount(mount: Of<'mount'>, covered: Covered): boolean {
  const { options, type, source, destination } = mount;
  const has = (option: number): boolean => (options & option) !== 0;
  // The root that tsrun-init holds is the one below it.
  if (destination === '/') return false;
  // Asks tsrun; changes something that exists; creates symlinks or does not follow them; takes over content.
  if (
    has(
      mountOption.fromHost |
        mountOption.remount |
        mountOption.sourceNoFollow |
        mountOption.destinationNoFollow |
        mountOption.copySymlink |
        mountOption.copyUp,
    )
  )
    return false;
  // The meaning of a path below /proc depends on who reads it.
  if (has(mountOption.bind)) return source !== '' && !String(source).startsWith('/proc/') && !covered.mayHold(String(source));
  if (!stateless.has(String(type))) return false;
  // Without `mode` it takes over the mode of the directory that it covers.
  return type !== 'tmpfs' || hasMode(mount) || covered.isPrivate(parentOf(String(destination)));
}

function hasMode({ data }: Of<'mount'>): boolean {
  const options = Array.isArray(data) ? (data as readonly string[]) : [String(data)];
  return options.some((option) => option.startsWith('mode='));
}
