import type { HostFacts } from '../../../src/host/facts.js';
import { buildCreatePlan } from '../../../src/plan/build.js';
import type { Operation, OperationName } from '../../../src/protocol/operations.js';
import type { ContainerPlan, CreateInput } from '../../../src/plan/types.js';
import type { ValidSpec } from '../../../src/spec/types.js';

export const host: HostFacts = {
  kernel: { major: 6, minor: 1 },
  machine: 'x86_64',
  euid: 0,
  cgroupMount: '/sys/fs/cgroup',
  resctrlMount: null,
  lastCapability: 40,
  boundingSet: 2 ** 41 - 1,
  apparmor: false,
  selinux: false,
  inUserNamespace: false,
};

const defaultCapabilities = ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'];

/** What `runc spec` writes. */
export const defaultSpec = {
  ociVersion: '1.2.1',
  process: {
    terminal: false,
    user: { uid: 0, gid: 0 },
    args: ['sh'],
    env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'TERM=xterm'],
    cwd: '/',
    capabilities: { bounding: defaultCapabilities, effective: defaultCapabilities, permitted: defaultCapabilities },
    rlimits: [{ type: 'RLIMIT_NOFILE', hard: 1024, soft: 1024 }],
    noNewPrivileges: true,
  },
  root: { path: 'rootfs', readonly: true },
  hostname: 'tsrun',
  mounts: [
    { destination: '/proc', type: 'proc', source: 'proc' },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'] },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
    },
    { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k'] },
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
    { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['nosuid', 'noexec', 'nodev', 'relatime', 'ro'] },
  ],
  linux: {
    resources: { devices: [{ allow: false, access: 'rwm' }] },
    namespaces: [{ type: 'pid' }, { type: 'network' }, { type: 'ipc' }, { type: 'uts' }, { type: 'mount' }, { type: 'cgroup' }],
    maskedPaths: ['/proc/acpi', '/proc/kcore', '/sys/firmware'],
    readonlyPaths: ['/proc/bus', '/proc/sys'],
  },
};

type Changes = Readonly<Record<string, unknown>>;

/** The default configuration with some of its parts replaced. */
export function specWith(changes: { readonly top?: Changes; readonly process?: Changes; readonly linux?: Changes } = {}): ValidSpec {
  return {
    ...defaultSpec,
    ...changes.top,
    process: { ...defaultSpec.process, ...changes.process },
    linux: { ...defaultSpec.linux, ...changes.linux },
  } as unknown as ValidSpec;
}

export function inputWith(changes: Partial<CreateInput> = {}): CreateInput {
  return {
    id: 'web',
    spec: specWith(),
    bundle: '/bundle',
    rootfs: '/bundle/rootfs',
    host,
    cgroupPath: '/tsrun/web',
    stateDirectory: '/run/tsrun/web',
    overlay: null,
    noPivot: false,
    noNewKeyring: false,
    preserve: 0,
    listenFds: 0,
    waitsOnListener: true,
    seccompFilter: null,
    ...changes,
  };
}

/** The plan of the default configuration with some parts replaced. */
export function planOf(changes: Parameters<typeof specWith>[0] = {}, input: Partial<CreateInput> = {}): ContainerPlan {
  return buildCreatePlan(inputWith({ spec: specWith(changes), ...input }));
}

export type Of<N extends OperationName> = Extract<Operation, { op: N }>;

export function all<N extends OperationName>(plan: Pick<ContainerPlan, 'operations'>, name: N): Of<N>[] {
  return plan.operations.filter((operation): operation is Of<N> => operation.op === name);
}

export function only<N extends OperationName>(plan: Pick<ContainerPlan, 'operations'>, name: N): Of<N> {
  const found = all(plan, name);
  if (found.length !== 1) throw new Error(`expected one ${name}, found ${found.length}`);
  return found[0] as Of<N>;
}

export function names(plan: Pick<ContainerPlan, 'operations'>): OperationName[] {
  return plan.operations.map(({ op }) => op);
}
