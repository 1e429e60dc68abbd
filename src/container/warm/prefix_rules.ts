import { mountOption, type Operation, type OperationName } from '../../protocol/operations.js';
import { propagationFlag } from '../../protocol/mount_flags.js';
import { parentOf, type Covered } from './covered.js';

type Of<N extends OperationName> = Extract<Operation, { readonly op: N }>;

/** Whether an operation may be done ahead, given what is mounted by then. */
type Rule<N extends OperationName> = (operation: Of<N>, covered: Covered) => boolean;

const never = (): boolean => false;
const always = (): boolean => true;

/**
 * Which operations may be carried out before their container is asked for, with the proof that it makes no difference. An operation may be done ahead if its outcome follows from the
 * plan alone, or from what is compared again when the container is created (`Sources`, `Places`, `inherited`). A new operation has to be decided here, or the program does not compile;
 * one that may be done ahead has a row in test/security/inside/warm_operations.test.ts, which changes the host between the two.
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
  // Sysctls of namespaces that are made (spec/checks/namespaces/index.ts): behind joinNamespace nothing is done ahead.
  sysctl: always,

  // The copy of the host's mounts, and what is cloned from it: the host's mounts and the file are compared. A shared root would show what is mounted to the host at once.
  rootPropagation: ({ propagation }) => (propagation & propagationFlag.shared) === 0,
  rootfs: ({ fd }) => fd < 0,
  mount: mayMount,
  // In a tmpfs of its own nobody else makes entries. Bound nodes are the host's.
  device: ({ bind, path }, covered) => bind === 0 && covered.isPrivate(parentOf(String(path))),
  symlink: ({ path }, covered) => covered.isPrivate(parentOf(String(path))),
  // Depends on nothing, and leaves nothing of the copy of the host's mounts behind.
  pivotRoot: always,

  // They cover, or protect, what is there: a file that is made, or replaced by rename(2), later has to be covered as well.
  mask: never,
  readonlyPath: never,
  // Looks up a place in the image.
  propagation: never,
  workingDirectory: never,
  findExecutable: never,
  // Its work directory may be another container's by now, and what is looked up in its layers must not change (Documentation/filesystems/overlayfs.rst, "Changes to underlying filesystems").
  overlay: never,
  // Keeps the copy of the host's mounts, and hides of it what is exposed at that moment.
  moveRoot: never,
  // Nothing can be made in the root behind it.
  rootAttributes: never,
  // The container's name is in it.
  keyring: never,
  // They need a descriptor, or tsrun, or are the end of the beginning.
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
  // Cheap, and behind what has to be done later.
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

/** Those that may be done ahead of some container. */
export function aheadOfSome(): readonly OperationName[] {
  return (Object.keys(rules) as OperationName[]).filter((name) => rules[name] !== never);
}

export function mayBeInPrefix<N extends OperationName>(operation: Of<N>, covered: Covered): boolean {
  const rule = rules[operation.op] as Rule<N> | undefined;
  return rule !== undefined && rule(operation, covered);
}

/**
 * File systems that have no state outside of the mount: each mount makes a new one, or shows that of a namespace which the slot made itself. Not a disk, which has one state for all
 * who mount it, nor overlay, whose work directory belongs to one mount at a time.
 */
const stateless: ReadonlySet<string> = new Set(['proc', 'sysfs', 'tmpfs', 'devpts', 'mqueue', 'cgroup2']);

function mayMount(mount: Of<'mount'>, covered: Covered): boolean {
  const { options, type, source, destination } = mount;
  const has = (option: number): boolean => (options & option) !== 0;
  // The root that tsrun-init holds is the one behind it.
  if (destination === '/') return false;
  // Asks tsrun; changes something that is there; follows no symlink, or makes one; takes over content.
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
  // What a path below /proc means depends on who asks.
  if (has(mountOption.bind)) return source !== '' && !String(source).startsWith('/proc/') && !covered.mayHold(String(source));
  if (!stateless.has(String(type))) return false;
  // Without `mode` it takes over that of the directory it covers.
  return type !== 'tmpfs' || hasMode(mount) || covered.isPrivate(parentOf(String(destination)));
}

function hasMode({ data }: Of<'mount'>): boolean {
  const options = Array.isArray(data) ? (data as readonly string[]) : [String(data)];
  return options.some((option) => option.startsWith('mode='));
}
