import * as fc from 'fast-check';
import { getPriority } from 'node:os';
import type { Config } from '../../oci/harness/index.js';
import { heldIds, heldOffsets } from './holder.js';

/** One difference between a random configuration and the default one. */
export interface Change {
  readonly name: string;
  readonly apply: (config: Config) => void;
  /** What must be seen if the peers are older than the field or do not support it: it is compared with the specification instead. */
  readonly demanded?: Readonly<Record<string, string>>;
  /** What else has to be known of it to judge a difference (known.ts). */
  readonly marks?: readonly Mark[];
}

/**
 * `user namespace`: the container has one. `rights of the host`: it needs CAP_SYS_NICE of the initial user namespace. `all processors`: it
 * is refused to a process with an affinity. `affinity`: it sets one. `joined cgroup namespace`: it joins one. `unknown to peers`: those of
 * Debian refuse it.
 */
export type Mark = 'user namespace' | 'rights of the host' | 'all processors' | 'affinity' | 'joined cgroup namespace' | 'unknown to peers';

const change = (
  name: string,
  apply: (config: Config) => void,
  demanded: Readonly<Record<string, string>> = {},
  marks: readonly Mark[] = [],
): Change => ({ name, apply, demanded, marks });
const named = <T>(values: fc.Arbitrary<T>, make: (value: T) => Change): fc.Arbitrary<Change> => values.map(make);
const some = <T>(list: readonly T[]): fc.Arbitrary<T[]> => fc.subarray([...list]);
const id = fc.constantFrom(0, 1, 1000, 65_534);
const lacks = (config: Config, type: string): boolean => !config.linux.namespaces.some((one) => one.type === type);

const user = named(fc.record({ uid: id, gid: id, additionalGids: some([0, 5, 1000, 4000]) }), (value) =>
  change(`user ${JSON.stringify(value)}`, ({ process }) => Object.assign(process.user, value)),
);

const umask = named(fc.constantFrom(0, 0o22, 0o77, 0o27), (value) =>
  change(`umask ${value.toString(8)}`, ({ process }) => (process.user.umask = value)),
);

/** Each set is within the one that bounds it (capabilities(7)). */
const capabilities = named(
  some(['CAP_CHOWN', 'CAP_KILL', 'CAP_NET_RAW', 'CAP_SETUID', 'CAP_SYS_CHROOT', 'CAP_SYS_ADMIN', 'CAP_SETPCAP']).chain((bounding) =>
    some(bounding)
      .chain((permitted) =>
        fc.record({
          bounding: fc.constant(bounding),
          permitted: fc.constant(permitted),
          effective: some(permitted),
          inheritable: some(permitted),
        }),
      )
      .chain((sets) => some(sets.inheritable).map((ambient) => ({ ...sets, ambient }))),
  ),
  (sets) => change(`capabilities ${JSON.stringify(sets)}`, ({ process }) => (process.capabilities = sets)),
);

const privileges = named(fc.boolean(), (value) => change(`noNewPrivileges ${value}`, ({ process }) => (process.noNewPrivileges = value)));

const rlimits = named(
  some([
    ['RLIMIT_NOFILE', 64, 512],
    ['RLIMIT_CORE', 0, 0],
    ['RLIMIT_STACK', 1 << 20, 8 << 20],
    ['RLIMIT_NPROC', 500, 1000],
    ['RLIMIT_FSIZE', 1 << 30, 1 << 30],
    ['RLIMIT_AS', 1 << 30, 1 << 31],
  ] as const),
  (list) =>
    change(
      `rlimits ${JSON.stringify(list)}`,
      ({ process }) => (process.rlimits = list.map(([type, soft, hard]) => ({ type, soft, hard }))),
    ),
);

const oom = named(fc.constantFrom(0, 100, 1000), (value) =>
  change(`oomScoreAdj ${value}`, ({ process }) => (process.oomScoreAdj = value), { oom: JSON.stringify([String(value)]) }),
);

const environment = named(some(['A=b', 'EMPTY=', 'TWICE=1', 'TWICE=2', 'HOME=/elsewhere', 'PATH=/bin', 'SPACE= a b ', 'EQ=a=b']), (list) =>
  change(`env ${JSON.stringify(list)}`, ({ process }) => (process.env = list)),
);

const directory = named(fc.constantFrom('/', '/tmp', '/etc', '/proc', '/root', '/tmp/../etc', '//tmp'), (value) =>
  change(`cwd ${value}`, ({ process }) => (process.cwd = value)),
);

const root = named(fc.boolean(), (value) => change(`root readonly ${value}`, (config) => (config.root.readonly = value)));

const hostname = named(fc.constantFrom('', 'a', 'with.dots.example', 'x'.repeat(63)), (value) =>
  change(`hostname ${value}`, (config) => (config.hostname = value)),
);

const without = named(fc.constantFrom('network', 'ipc', 'uts', 'cgroup', 'pid'), (type) =>
  change(`without a namespace of kind ${type}`, (config) => {
    config.linux.namespaces = config.linux.namespaces.filter((one) => one.type !== type);
    if (type === 'uts') delete config.hostname;
    // All runtimes refuse a sysctl of a namespace that is the host's, which has its own test.
    if (type === 'network' || type === 'ipc') delete config.linux.sysctl;
  }),
);

/** The bundles of such a container belong to host id 100000. */
const newUsers = named(fc.constantFrom(1, 1001, 65_536), (size) =>
  change(
    `user namespace of ${size}`,
    (config) => {
      config.linux.namespaces.push({ type: 'user' });
      config.linux.uidMappings = [{ containerID: 0, hostID: heldIds, size }];
      config.linux.gidMappings = [{ containerID: 0, hostID: heldIds, size }];
    },
    {},
    ['user namespace'],
  ),
);

/** Joins namespaces of a process that the trial starts. */
export const joined = 'joined';

/** runc wants to be told the mappings. */
const joinedUsers = named(fc.boolean(), (mapped) =>
  change(
    `user namespace that is joined${mapped ? ', with its mappings' : ''}`,
    (config) => {
      config.linux.namespaces.push({ type: 'user', path: `${joined}/user` });
      if (!mapped) return;
      config.linux.uidMappings = [{ containerID: 0, hostID: heldIds, size: 65_536 }];
      config.linux.gidMappings = [{ containerID: 0, hostID: heldIds, size: 65_536 }];
    },
    {},
    ['user namespace'],
  ),
);
const users = fc.oneof({ weight: 2, arbitrary: newUsers }, { weight: 1, arbitrary: joinedUsers });

/** One option of the access time family, and one propagation: each runtime treats contradictions in its own way. */
const mountOptions = fc
  .record({
    flags: some(['ro', 'nosuid', 'nodev', 'noexec', 'nodiratime', 'sync']),
    access: fc.constantFrom('', 'noatime', 'strictatime', 'relatime'),
    propagation: fc.constantFrom('', 'private', 'rslave', 'unbindable'),
  })
  .map(({ flags, access, propagation }) => [...flags, access, propagation].filter((word) => word !== ''));
const tmpfs = named(
  fc.record({
    destination: fc.constantFrom('/tmp', '/root', '/home', '/etc'),
    options: mountOptions,
    more: some(['size=64k', 'mode=700', 'mode=1777', 'uid=0', 'nr_inodes=100']),
  }),
  ({ destination, options, more }) =>
    change(`tmpfs on ${destination} ${[...options, ...more].join()}`, (config) =>
      config.mounts.push({ destination, type: 'tmpfs', source: 'tmpfs', options: [...options, ...more] }),
    ),
);

/** `volume` is a directory of the bundle. */
const bind = named(
  fc.record({
    destination: fc.constantFrom('/tmp', '/home', '/etc', '/dev/shm', '/root'),
    kind: fc.constantFrom('bind', 'rbind'),
    options: mountOptions,
  }),
  ({ destination, kind, options }) =>
    change(`${kind} on ${destination} ${options.join()}`, (config) =>
      config.mounts.push({ destination, type: 'bind', source: 'volume', options: [kind, ...options] }),
    ),
);

const file = named(mountOptions, (options) =>
  change(`bind of a file ${options.join()}`, (config) =>
    config.mounts.push({ destination: '/etc/passwd', type: 'bind', source: 'volume/file', options: ['bind', ...options] }),
  ),
);

const hidden = [
  '/proc/acpi',
  '/proc/kcore',
  '/proc/keys',
  '/proc/sys/kernel',
  '/sys/firmware',
  '/etc/passwd',
  '/tmp',
  '/none/such',
  '/proc/timer_list',
];
const masked = named(some(hidden), (paths) => change(`maskedPaths ${paths.join()}`, ({ linux }) => (linux.maskedPaths = paths)));
const readonlyPaths = named(some([...hidden, '/proc/sys', '/dev']), (paths) =>
  change(`readonlyPaths ${paths.join()}`, ({ linux }) => (linux.readonlyPaths = paths)),
);

const devices = named(
  some([
    { path: '/dev/fuse', type: 'c', major: 10, minor: 229, fileMode: 0o666, uid: 0, gid: 0 },
    { path: '/dev/loop9', type: 'b', major: 7, minor: 9, fileMode: 0o600, uid: 0, gid: 5 },
    { path: '/dev/pipe', type: 'p', fileMode: 0o644 },
    { path: '/dev/deep/er', type: 'c', major: 1, minor: 3 },
    { path: '/dev/owned', type: 'u', major: 1, minor: 5, fileMode: 0o640, uid: 1000, gid: 1000 },
  ]),
  (list) => change(`devices ${list.map(({ path }) => path).join()}`, ({ linux }) => (linux.devices = list)),
);

const sysctl = named(
  some([
    ['net.ipv4.ip_forward', '1'],
    ['net.ipv4.ping_group_range', '0 10'],
    ['kernel.shm_rmid_forced', '1'],
    ['fs.mqueue.msg_max', '20'],
  ] as const),
  (list) =>
    change(`sysctl ${list.map(([name]) => name).join()}`, (config) => {
      const own = list.filter(([name]) => !lacks(config, name.startsWith('net.') ? 'network' : 'ipc'));
      config.linux.sysctl = Object.fromEntries(own);
    }),
);

const seccomp = named(
  fc.array(
    fc.record({
      names: some([
        'mkdirat',
        'mkdir',
        'unshare',
        'keyctl',
        'personality',
        'getpriority',
        'sched_yield',
        'add_key',
        'chroot',
        'no_such_call',
      ]).filter((list) => list.length > 0),
      errnoRet: fc.constantFrom(undefined, 1, 38, 4095, 13),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  (syscalls) =>
    change(`seccomp ${JSON.stringify(syscalls)}`, ({ linux }) => {
      linux['seccomp'] = {
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: syscalls.map((one) => ({
          names: one.names,
          action: 'SCMP_ACT_ERRNO',
          ...(one.errnoRet === undefined ? {} : { errnoRet: one.errnoRet }),
        })),
      };
    }),
);

const propagation = named(fc.constantFrom('private', 'rprivate', 'slave', 'rslave', 'shared', 'rshared'), (value) =>
  change(`rootfsPropagation ${value}`, ({ linux }) => (linux.rootfsPropagation = value)),
);

/** Runs on a terminal (trial.ts). */
export const onTerminal = 'terminal';

/** The size of the terminal that the runtimes are run on, which is what counts here (the row on `consoleSize` in docs/differences.md). */
export const callersTerminal = { rows: 40, columns: 100 };
const terminal = named(fc.record({ height: fc.constantFrom(0, 24, 65_535), width: fc.constantFrom(0, 80, 1) }), (size) =>
  change(
    `${onTerminal} ${JSON.stringify(size)}`,
    ({ process }) => {
      process.terminal = true;
      if (size.height > 0 && size.width > 0) process.consoleSize = size;
    },
    { 'terminal size': JSON.stringify(`${callersTerminal.rows}x${callersTerminal.columns}`) },
  ),
);

/** SCHED_* and SCHED_RESET_ON_FORK as sched_getscheduler(2) returns them. */
const policies = { SCHED_OTHER: 0, SCHED_FIFO: 1, SCHED_RR: 2, SCHED_BATCH: 3, SCHED_IDLE: 5 } as const;
const resetOnFork = 0x4000_0000;
const simpleScheduler = named(
  fc.record({
    policy: fc.constantFrom(...(Object.keys(policies) as (keyof typeof policies)[])),
    reset: fc.boolean(),
    nice: fc.constantFrom(0, 7, 19),
    priority: fc.constantFrom(1, 50, 99),
  }),
  ({ policy, reset, nice, priority }) => {
    const realTime = policy === 'SCHED_FIFO' || policy === 'SCHED_RR';
    const niced = policy === 'SCHED_OTHER' || policy === 'SCHED_BATCH';
    const value = {
      policy,
      ...(realTime ? { priority } : {}),
      ...(niced ? { nice } : {}),
      ...(reset ? { flags: ['SCHED_FLAG_RESET_ON_FORK'] } : {}),
    };
    const seen = {
      policy: String(policies[policy] + (reset ? resetOnFork : 0)),
      priority: String(realTime ? priority : 0),
      ...(niced ? { nice: String(nice) } : {}),
    };
    const marks: readonly Mark[] = realTime || (niced && nice < getPriority()) ? ['rights of the host'] : [];
    return change(`scheduler ${JSON.stringify(value)}`, ({ process }) => (process['scheduler'] = value), seen, marks);
  },
);

/** A tenth of a processor at most: the kernel admits 95 % of all to the whole host (sched(7), "SCHED_DEADLINE"). */
const deadline = named(
  fc.record({ reset: fc.boolean(), nice: fc.constantFrom(undefined, 5), period: fc.constantFrom(undefined, 0, 20_000_000) }),
  ({ reset, nice, period }) => {
    const value = {
      policy: 'SCHED_DEADLINE',
      runtime: 1_000_000,
      deadline: 10_000_000,
      ...(period === undefined ? {} : { period }),
      ...(nice === undefined ? {} : { nice }),
      ...(reset ? { flags: ['SCHED_FLAG_RESET_ON_FORK'] } : {}),
    };
    const seen = {
      policy: String(6 + (reset ? resetOnFork : 0)),
      deadline: JSON.stringify(`1000000 10000000 ${(period ?? 0) === 0 ? 10_000_000 : String(period)}`),
    };
    return change(`scheduler ${JSON.stringify(value)}`, ({ process }) => (process['scheduler'] = value), seen, [
      'rights of the host',
      'all processors',
    ]);
  },
);
const scheduler = fc.oneof({ weight: 4, arbitrary: simpleScheduler }, { weight: 1, arbitrary: deadline });

/** IOPRIO_CLASS_SHIFT of linux/ioprio.h. */
const ioClasses = { IOPRIO_CLASS_RT: 1, IOPRIO_CLASS_BE: 2, IOPRIO_CLASS_IDLE: 3 } as const;
const ioPriority = named(
  fc.record({ class: fc.constantFrom(...(Object.keys(ioClasses) as (keyof typeof ioClasses)[])), priority: fc.constantFrom(0, 3, 7) }),
  (value) =>
    change(
      `ioPriority ${JSON.stringify(value)}`,
      ({ process }) => (process['ioPriority'] = value),
      { ioprio: String((ioClasses[value.class] << 13) | value.priority) },
      value.class === 'IOPRIO_CLASS_RT' ? ['rights of the host'] : [],
    ),
);

/** Only for exec: `final` is what its program gets. */
const affinity = named(
  fc.record({ initial: fc.constantFrom('', '0', '1'), final: fc.constantFrom('0', '1', '0-1') }),
  ({ initial, final }) =>
    change(
      `execCPUAffinity ${initial} ${final}`,
      ({ process }) => (process['execCPUAffinity'] = { ...(initial === '' ? {} : { initial }), final }),
      { cpus: final === '0-1' ? '2' : '1' },
      ['affinity'],
    ),
);

/** In the format of /proc/self/timens_offsets (timens_offsets_show in the kernel's fs/proc/base.c). */
const offsetLine = (clock: string, value: { secs?: number; nanosecs?: number } | null): string =>
  `${clock.padEnd(10)} ${String(value?.secs ?? 0).padStart(10)} ${String(value?.nanosecs ?? 0).padStart(9)}`;
const joinedTime = fc.constant(
  change(
    `${joined} namespace of kind time`,
    ({ linux }) => linux.namespaces.push({ type: 'time', path: `${joined}/time` }),
    {
      'namespace time': 'its own',
      'time offsets': JSON.stringify([
        offsetLine('monotonic', { secs: heldOffsets.monotonic }),
        offsetLine('boottime', { secs: heldOffsets.boottime }),
      ]),
    },
    ['unknown to peers'],
  ),
);
const newTime = named(
  fc.record({
    monotonic: fc.constantFrom(null, { secs: 1000 }, { secs: -5, nanosecs: 7 }, { nanosecs: 999_999_999 }),
    boottime: fc.constantFrom(null, { secs: 86_400, nanosecs: 1 }, { secs: -1 }),
  }),
  (value) =>
    change(
      `time offsets ${JSON.stringify(value)}`,
      ({ linux }) => {
        linux.namespaces.push({ type: 'time' });
        linux.timeOffsets = Object.fromEntries(Object.entries(value).filter(([, offset]) => offset !== null)) as NonNullable<
          Config['linux']['timeOffsets']
        >;
      },
      {
        'namespace time': 'its own',
        'time offsets': JSON.stringify([offsetLine('monotonic', value.monotonic), offsetLine('boottime', value.boottime)]),
      },
      ['unknown to peers'],
    ),
);
const time = fc.oneof({ weight: 2, arbitrary: newTime }, { weight: 1, arbitrary: joinedTime });

/** Mapped ids of a volume with a directory and a file. */
const mapping = fc.record({
  containerID: fc.constantFrom(0, 1000),
  hostID: fc.constantFrom(0, 1000, 100_000),
  size: fc.constantFrom(1, 65_536),
});
const idmapped = named(
  fc.record({ uids: mapping, gids: mapping, file: fc.boolean(), kind: fc.constantFrom('bind', 'rbind') }),
  ({ uids, gids, file, kind }) =>
    change(`idmapped ${kind} of a ${file ? 'file' : 'directory'} ${JSON.stringify([uids, gids])}`, (config) => {
      const places = file ? { destination: '/etc/group', source: 'volume/file' } : { destination: '/mnt', source: 'volume' };
      config.mounts.push({ ...places, type: 'bind', options: [kind], uidMappings: [uids], gidMappings: [gids] });
    }),
);

const join = named(fc.constantFrom('network', 'ipc', 'uts', 'cgroup', 'pid', 'mount'), (type) =>
  change(
    `${joined} namespace of kind ${type}`,
    (config) => {
      config.linux.namespaces = config.linux.namespaces.filter((one) => one.type !== type);
      config.linux.namespaces.push({ type, path: `${joined}/${type}` });
      if (type === 'uts') delete config.hostname;
      if (type === 'network' || type === 'ipc') delete config.linux.sysctl;
    },
    {},
    type === 'cgroup' ? ['joined cgroup namespace'] : [],
  ),
);

const hooks = named(
  fc.record({
    kind: fc.constantFrom('prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'),
    path: fc.constantFrom('/bin/true', '/bin/false'),
  } as const),
  ({ kind, path }) => change(`${kind} hook ${path}`, (config) => (config.hooks = { [kind]: [{ path }] })),
);

const all = [
  users,
  without,
  join,
  user,
  umask,
  capabilities,
  privileges,
  rlimits,
  oom,
  environment,
  directory,
  root,
  hostname,
  tmpfs,
  bind,
  file,
  idmapped,
  masked,
  readonlyPaths,
  devices,
  sysctl,
  seccomp,
  propagation,
  time,
  terminal,
  scheduler,
  ioPriority,
  hooks,
] as const;

/** Some changes, in an order in which later ones know the earlier ones. Each is rare, so that a difference has few causes. */
export const changes = someOf(all, 4);

/** The changes for exec: a whole process document. */
const processChanges = someOf(
  [user, umask, capabilities, privileges, rlimits, oom, environment, directory, terminal, scheduler, ioPriority, affinity],
  2,
);

/** The changes of a container, and of a process in it. */
export interface ExecChanges {
  readonly container: readonly Change[];
  readonly process: readonly Change[];
}
export const execChanges: fc.Arbitrary<ExecChanges> = fc.record({
  container: someOf([users, without, join, root, tmpfs, masked, seccomp, time], 5),
  process: processChanges,
});

/** Each kind occurs in one case of `left` + 1. */
function someOf(kinds: readonly fc.Arbitrary<Change>[], left: number): fc.Arbitrary<readonly Change[]> {
  const maybe = kinds.map((kind) =>
    fc.oneof({ weight: left, arbitrary: fc.constant<Change | null>(null) }, { weight: 1, arbitrary: kind }),
  );
  return fc.tuple(...maybe).map((list) => list.filter((one) => one !== null));
}
