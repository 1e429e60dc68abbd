import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { runtimeCommand } from './runtime.js';

/**
 * What the tested runtime and this host support. This is the only place that knows runtimes by name: tests ask for an ability with
 * `test.runIf(can.something)`. Each ability is something that a peer lacks or intentionally does differently.
 */
const [program = '', ...first] = runtimeCommand;
const versionText = execFileSync(program, [...first, '--version'], { encoding: 'utf8' });
const [, name = '', major = '0', minor = '0'] = /^(\S+) version (\d+)\.(\d+)/.exec(versionText) ?? [];
const version = Number(major) * 100 + Number(minor);

const tsrun = name === 'tsrun';
const runc = name === 'runc';
const crun = name === 'crun';
const runcSince = (since: number): boolean => runc && version >= since;
const crunSince = (since: number): boolean => crun && version >= since;

const [kernel = 0, minorOfKernel = 0] = release().split('.').map(Number);
const unified = cgroup2At('/sys/fs/cgroup');
const hybrid = cgroup2At('/sys/fs/cgroup/unified');
/** Where cgroup v2 is mounted. */
export const cgroup2Mount = unified ? '/sys/fs/cgroup' : hybrid ? '/sys/fs/cgroup/unified' : null;
export const controllers: readonly string[] =
  cgroup2Mount === null ? [] : readFileSync(`${cgroup2Mount}/cgroup.controllers`, 'utf8').trim().split(' ');

/**
 * A controller that is on cgroup v2 here and that is subject to the "No Internal Process Constraint" (cgroup-v2.rst): a cgroup that enables
 * it for its children may contain no processes. cpu, cpuset, perf_event and pids are not, because they support threads. Null if there is
 * none.
 */
export const domainController = ['memory', 'io', 'hugetlb', 'rdma', 'misc'].find((name) => controllers.includes(name)) ?? null;

export const can = {
  /** plan, check, --overlay, the structured fields of the JSON log, state.json as the state's only file. */
  tsrun,
  /** It runs in a root without a C library. One that is built with sanitizers does not. */
  runAnywhere: tsrun && first.length === 0 && isStatic(program),
  /** It distinguishes the caller's descriptors from its own. Node.js opens some before tsrun starts. */
  knowOwnDescriptors: tsrun && first.length === 0,
  /** It runs under PR_SET_MDWE. V8 makes memory executable after writing to it, so Node.js ends with SIGTRAP there. */
  runWithoutWritableCode: first.length === 0,
  /** A failing create or run leaves nothing behind: crun leaves cgroups. */
  leaveNothing: tsrun || runc,
  /** The same if the runtime itself is killed by SIGKILL: the peers leave a process or a cgroup. */
  leaveNothingKilled: tsrun,
  /** Its containers are on cgroup v2 here: tsrun's always, the peers' only if nothing else is mounted. */
  cgroup2: cgroup2Mount !== null && (tsrun || unified),
  /** A limit whose controller is missing on v2 is an error: the peers use v1 controllers, or ignore the limit. */
  refuseMissingControllers: tsrun,
  /** Messages, exit codes, flags and output formats of runc, which engines match. */
  runcCommand: tsrun || runc,
  /** The messages of runc since 1.3. */
  currentRuncWords: tsrun || runcSince(103),
  /** crun's delete --regex. */
  deleteByExpression: tsrun || crun,
  /** Its mount namespaces begin empty on this kernel (docs/decisions/0046). */
  emptyMountNamespace: tsrun && (kernel > 7 || (kernel === 7 && minorOfKernel >= 2)),
  timeNamespace: tsrun || runcSince(102) || crunSince(104),
  /** runc wants mappings even for a joined user namespace before 1.2. */
  joinUserNamespaceWithoutMappings: tsrun || runcSince(102) || crun,
  /** runc refuses a new user namespace without id mappings. */
  userNamespaceWithoutMappings: tsrun || crun,
  /** runc refuses a rootfs that is a symlink. */
  rootfsThroughSymlink: tsrun || crun,
  /** shared and unbindable: broken in runc 1.1. */
  allRootfsPropagations: tsrun || runcSince(102) || crun,
  /** Contradicting options, propagation of a single mount, dangling symlinks as destinations: crun 1.28 treats them differently. */
  runcMounts: tsrun || runc,
  tmpCopyUp: tsrun || runc || crun,
  /** rro and the like: mount_setattr(2) with AT_RECURSIVE. */
  /** A file at the path of a device stays, and is an error if it is another device: the peers do not report that, and remove /dev/ptmx. */
  keepFilesAtDevices: tsrun,
  /** The root cannot be a mount destination: the peers mount above it, where nobody sees the mount. */
  knowTheRoot: tsrun,
  recursiveAttributes: tsrun || runcSince(102) || crunSince(104),
  /** runc runs poststart hooks at create, although the specification says after start. */
  poststartAtStart: tsrun || crun,
  /** With the freezer of v1 or v2. */
  pause: true,
  /** runc 1.3 keeps all of them if none are configured. */
  noCapabilitiesByDefault: tsrun || crun || (runc && !runcSince(102)),
  /** exec -u takes only a pair of numbers, and fails for anything else. */
  strictUser: tsrun || runcSince(103),
  idmappedMounts: tsrun || runcSince(102) || crunSince(109),
  /** copy-symlink, src-nofollow: options of crun. */
  mountLinkOptions: tsrun || crunSince(120),
  /** process.scheduler, process.ioPriority. */
  scheduling: tsrun || runcSince(102) || crunSince(109),
  personality: tsrun || runcSince(102) || crun,
  /** exec with the umask of the configuration. */
  execUmask: tsrun || runcSince(103) || crun,
  /**
   * exec --cgroup takes a cgroup below the container's, and fails for anything else: crun follows `..`, and uses the first process's cgroup
   * instead.
   */
  strictExecCgroup: tsrun || runc,
  /** exec if the container's cgroup was removed: crun checks there whether it is frozen, and fails. */
  execWithoutCgroup: tsrun || runc,
  /** exec with its own session keyring: crun keeps the caller's, whose keys the process may read. */
  execKeyring: tsrun || runc,
  execCpuAffinity: tsrun || runcSince(103),
  pidfdSocket: tsrun || runcSince(102),
  memoryPolicy: tsrun || runcSince(104) || crunSince(128),
  /** A destination that a symlink leads to a directory of procfs: runc 1.1 refuses it only for binds, crun never. */
  refuseFileSystemsOnProcfs: tsrun || runcSince(102),
  /** idmap=uids=0-1000-10;gids=..., an option of crun. */
  mappingsInOptions: tsrun || crun,
  seccompFlags: tsrun || runcSince(102) || crun,
  /** knownFlags and supportedFlags of seccomp in `features`. */
  tellSeccompFlags: tsrun || runcSince(102),
  /** runc 1.3 does not know WAIT_KILLABLE_RECV; crun does not set SECCOMP_FILTER_FLAG_TSYNC_ESRCH, which TSYNC with a listener needs. */
  listenerFlags: tsrun,
  /** The state that an agent gets with the listener of an exec contains the pid of the container's process: crun says 0. */
  agentStatePid: tsrun || runc,
  /**
   * Accepts a directory tree in place of resctrl: the peers require the file system itself in the mount table, and the processor's flags.
   */
  believeResctrlTree: tsrun,
  /** MAINPID= along with READY=1. */
  notifyMainProcess: tsrun || runc,
  /** sd_notify_barrier(3). */
  notifyBarrier: tsrun || runcSince(102) || crun,
  /** Everybody in the container can write to the notify socket: crun's belongs to root. */
  notifyFromUsers: tsrun || runc,
  netDevices: tsrun || runcSince(104) || crunSince(123),
  domainname: tsrun || runcSince(102) || crun,
  features: tsrun || runcSince(101) || crunSince(109),
} as const;

function cgroup2At(mount: string): boolean {
  return existsSync(`${mount}/cgroup.controllers`);
}

/** Whether a 64-bit ELF file names no loader (elf(5)). */
function isStatic(path: string): boolean {
  const file = readFileSync(path);
  const headers = Number(file.readBigUInt64LE(32));
  const [size, count] = [file.readUInt16LE(54), file.readUInt16LE(56)];
  const PT_INTERP = 3;
  return !Array.from({ length: count }, (_, index) => file.readUInt32LE(headers + index * size)).includes(PT_INTERP);
}
