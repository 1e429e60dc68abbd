import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { runtimeCommand } from './runtime.js';

/**
 * What the runtime under test and this host can do. The only place that knows runtimes by name: tests ask for an ability with
 * `test.runIf(can.something)`, each of which is something a peer lacks or does otherwise by intention.
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

const unified = cgroup2At('/sys/fs/cgroup');
const hybrid = cgroup2At('/sys/fs/cgroup/unified');
/** Where cgroup v2 is mounted. */
export const cgroup2Mount = unified ? '/sys/fs/cgroup' : hybrid ? '/sys/fs/cgroup/unified' : null;
export const controllers: readonly string[] =
  cgroup2Mount === null ? [] : readFileSync(`${cgroup2Mount}/cgroup.controllers`, 'utf8').trim().split(' ');

/**
 * A controller that cgroup v2 has here and that takes part in the "No Internal Process Constraint" (cgroup-v2.rst): a cgroup that gives it to its children may have no
 * processes. cpu, cpuset, perf_event and pids do not: they know threads. Null: a cgroup cannot be made such an inner one.
 */
export const domainController = ['memory', 'io', 'hugetlb', 'rdma', 'misc'].find((name) => controllers.includes(name)) ?? null;

export const can = {
  /** plan, check, --overlay, the structured fields of the JSON log, state.json as the state's only file. */
  tsrun,
  /** It tells descriptors of the caller from its own: Node.js has some open before it begins. */
  knowOwnDescriptors: tsrun && first.length === 0,
  /** It runs under PR_SET_MDWE: V8 makes memory executable that it has written, so that Node.js ends with SIGTRAP there. */
  runWithoutWritableCode: first.length === 0,
  /** A create or run that fails leaves nothing: crun leaves cgroups. */
  leaveNothing: tsrun || runc,
  /** The same where the runtime itself is killed by SIGKILL; the peers leave a process or a cgroup. */
  leaveNothingKilled: tsrun,
  /** Its containers are on cgroup v2 here: tsrun always, the peers only where nothing else is mounted. */
  cgroup2: cgroup2Mount !== null && (tsrun || unified),
  /** A limit whose controller v2 lacks is an error; the peers have v1 controllers, or ignore it. */
  refuseMissingControllers: tsrun,
  /** Words, exit codes, flags and output shapes of runc, which engines match. */
  runcCommand: tsrun || runc,
  /** The words of runc since 1.3. */
  currentRuncWords: tsrun || runcSince(103),
  /** crun's delete --regex. */
  deleteByExpression: tsrun || crun,
  timeNamespace: tsrun || runcSince(102) || crunSince(104),
  /** runc wants mappings even for a joined user namespace before 1.2. */
  joinUserNamespaceWithoutMappings: tsrun || runcSince(102) || crun,
  /** runc refuses a new user namespace for which no ids are mapped. */
  userNamespaceWithoutMappings: tsrun || crun,
  /** runc refuses a rootfs that is a symlink. */
  rootfsThroughSymlink: tsrun || crun,
  /** shared and unbindable: broken in runc 1.1. */
  allRootfsPropagations: tsrun || runcSince(102) || crun,
  /** Contradicting options, propagation of a single mount, symlinks to nowhere as destinations: crun 1.28 has ways of its own. */
  runcMounts: tsrun || runc,
  tmpCopyUp: tsrun || runc || crun,
  /** rro and its kind: mount_setattr(2) with AT_RECURSIVE. */
  /** A file in the place of a device stays, and is an error: the peers keep quiet where it is no such device, and remove /dev/ptmx. */
  keepFilesAtDevices: tsrun,
  /** The root is no place to mount on: the peers mount above it, where nobody looks. */
  knowTheRoot: tsrun,
  recursiveAttributes: tsrun || runcSince(102) || crunSince(104),
  /** runc runs poststart hooks at create, although the specification says after start. */
  poststartAtStart: tsrun || crun,
  /** By the freezer of v1 or v2. */
  pause: true,
  /** runc 1.3 leaves all of them where none are configured. */
  noCapabilitiesByDefault: tsrun || crun || (runc && !runcSince(102)),
  /** exec -u as a whole number pair, or an error. */
  strictUser: tsrun || runcSince(103),
  idmappedMounts: tsrun || runcSince(102) || crunSince(109),
  /** copy-symlink, src-nofollow: options of crun. */
  mountLinkOptions: tsrun || crunSince(120),
  /** process.scheduler, process.ioPriority. */
  scheduling: tsrun || runcSince(102) || crunSince(109),
  personality: tsrun || runcSince(102) || crun,
  /** exec with the umask of the configuration. */
  execUmask: tsrun || runcSince(103) || crun,
  /** exec --cgroup is a cgroup below the container's, or an error: crun follows `..`, and takes that of the first process instead. */
  strictExecCgroup: tsrun || runc,
  /** exec where the container's cgroup was removed: crun looks there whether it is frozen, and fails. */
  execWithoutCgroup: tsrun || runc,
  /** exec with a session keyring of its own: crun leaves it that of the caller, whose keys the process may read. */
  execKeyring: tsrun || runc,
  execCpuAffinity: tsrun || runcSince(103),
  pidfdSocket: tsrun || runcSince(102),
  memoryPolicy: tsrun || runcSince(104) || crunSince(128),
  /** A destination that a symlink leads to a directory of procfs: runc 1.1 refuses it for binds only, crun for nothing. */
  refuseFileSystemsOnProcfs: tsrun || runcSince(102),
  /** idmap=uids=0-1000-10;gids=...: crun's. */
  mappingsInOptions: tsrun || crun,
  seccompFlags: tsrun || runcSince(102) || crun,
  /** knownFlags and supportedFlags of seccomp in `features`. */
  tellSeccompFlags: tsrun || runcSince(102),
  /** WAIT_KILLABLE_RECV is not known to runc 1.3; crun does not tell the kernel that TSYNC and a listener answer in different ways (SECCOMP_FILTER_FLAG_TSYNC_ESRCH). */
  listenerFlags: tsrun,
  /** The state that an agent gets with the listener of an exec names the container's process: crun says 0. */
  agentStatePid: tsrun || runc,
  /** A directory tree stands for resctrl: the peers want the file system itself in the mount table, and the flags of the processor. */
  believeResctrlTree: tsrun,
  /** MAINPID= beside READY=1. */
  notifyMainProcess: tsrun || runc,
  /** sd_notify_barrier(3). */
  notifyBarrier: tsrun || runcSince(102) || crun,
  /** The notify socket is everybody's inside: crun's is root's. */
  notifyFromUsers: tsrun || runc,
  netDevices: tsrun || runcSince(104) || crunSince(123),
  domainname: tsrun || runcSince(102) || crun,
  features: tsrun || runcSince(101) || crunSince(109),
} as const;

function cgroup2At(mount: string): boolean {
  return existsSync(`${mount}/cgroup.controllers`);
}
