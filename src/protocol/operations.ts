import type { Integer64 } from '../json/integer64.js';

/**
 * Every operation that tsrun-init knows: its number, the integers and the texts it carries, in the order in which they are written to the plan.
 * `native/plan_format.h` holds the same list for C++ (a unit test compares them) and says what each operation does.
 */
interface Shape {
  readonly id: number;
  /** At most 8; signed 64 bit. */
  readonly numbers: readonly string[];
  /** Those of `numbers` that come from a configuration with all of their 64 bits. */
  readonly long?: readonly string[];
  /** At most 4; text, bytes, or a list of texts (each followed by a NUL). */
  readonly texts: readonly string[];
}

export const operations = {
  // namespaces and identity
  unshare: { id: 1, numbers: ['namespaces'], texts: [] },
  joinNamespace: { id: 2, numbers: ['fd', 'namespace'], texts: ['path'] },
  joinProcess: { id: 3, numbers: ['pidfd', 'namespaces'], texts: [] },
  becomeRoot: { id: 4, numbers: [], texts: [] },
  respawn: { id: 5, numbers: ['cloneFlags'], texts: [] },
  timeOffsets: { id: 6, numbers: [], texts: ['offsets'] },
  sync: { id: 7, numbers: ['point'], texts: [] },
  newSession: { id: 8, numbers: ['terminal'], texts: [] },
  hostname: { id: 9, numbers: [], texts: ['name'] },
  domainname: { id: 10, numbers: [], texts: ['name'] },
  loopbackUp: { id: 11, numbers: [], texts: [] },
  sysctl: { id: 12, numbers: [], texts: ['path', 'value'] },
  oomScoreAdj: { id: 13, numbers: ['value'], texts: [] },
  rlimit: { id: 14, numbers: ['resource', 'soft', 'hard', 'raise'], long: ['soft', 'hard'], texts: ['name'] },
  keyring: { id: 15, numbers: [], texts: ['name', 'label'] },
  personality: { id: 16, numbers: ['persona'], texts: [] },
  scheduler: {
    id: 17,
    numbers: ['policy', 'nice', 'priority', 'schedFlags', 'runtime', 'deadline', 'period'],
    long: ['runtime', 'deadline', 'period'],
    texts: [],
  },
  ioPriority: { id: 18, numbers: ['value'], texts: [] },
  memoryPolicy: { id: 19, numbers: ['mode', 'maxNode'], texts: ['nodeMask'] },
  cpuAffinity: { id: 20, numbers: [], texts: ['mask'] },
  parentDeathSignal: { id: 21, numbers: ['signal'], texts: [] },
  nextPlan: { id: 22, numbers: ['reserved'], texts: [] },
  reaper: { id: 23, numbers: ['hierarchy'], texts: ['directory', 'parents'] },

  // the root file system and mounts
  rootPropagation: { id: 32, numbers: ['propagation'], texts: [] },
  rootfs: { id: 33, numbers: ['fd', 'recursive'], texts: ['path'] },
  overlay: { id: 34, numbers: ['memory', 'size', 'userxattr'], texts: ['lowers', 'directory', 'target', 'label'] },
  mount: {
    id: 35,
    numbers: ['options', 'superblock', 'set', 'clear', 'recursiveSet', 'recursiveClear', 'propagation', 'idmap'],
    texts: ['type', 'source', 'destination', 'data'],
  },
  propagation: { id: 36, numbers: ['propagation'], texts: ['destination'] },
  device: { id: 37, numbers: ['mode', 'major', 'minor', 'uid', 'gid', 'bind', 'covers'], texts: ['path'] },
  symlink: { id: 38, numbers: [], texts: ['target', 'path', 'cover'] },
  pivotRoot: { id: 39, numbers: [], texts: [] },
  moveRoot: { id: 40, numbers: [], texts: [] },
  changeRoot: { id: 41, numbers: [], texts: ['path'] },
  rootAttributes: { id: 42, numbers: ['set', 'propagation'], texts: [] },
  mask: { id: 43, numbers: [], texts: ['path', 'label'] },
  readonlyPath: { id: 44, numbers: [], texts: ['path'] },

  // the process
  terminal: { id: 64, numbers: ['socket', 'rows', 'columns', 'mountConsole', 'uid', 'gid', 'plainLines', 'controlling'], texts: [] },
  workingDirectory: { id: 65, numbers: [], texts: ['path'] },
  findExecutable: { id: 66, numbers: ['home', 'uid'], texts: ['name', 'searchPath'] },
  ready: { id: 67, numbers: ['listener'], texts: [] },
  hook: { id: 68, numbers: ['index', 'timeout', 'home'], texts: ['path', 'args', 'environment', 'state'] },
  boundingSet: { id: 69, numbers: ['mask'], texts: [] },
  user: { id: 70, numbers: ['uid', 'gid', 'umask', 'setGroups'], texts: ['groups'] },
  capabilities: { id: 71, numbers: ['effective', 'permitted', 'inheritable', 'ambient'], texts: [] },
  noNewPrivileges: { id: 72, numbers: [], texts: [] },
  seccomp: { id: 73, numbers: ['filterFlags', 'listener'], texts: ['filter'] },
  securityAttribute: { id: 74, numbers: [], texts: ['attribute', 'value'] },
  standardStreams: { id: 75, numbers: ['uid'], texts: [] },
  execute: { id: 76, numbers: ['preserve'], texts: ['args', 'environment'] },
} as const satisfies Readonly<Record<string, Shape>>;

export type OperationName = keyof typeof operations;
export type OperationText = string | Uint8Array | readonly string[];

type Long<N extends OperationName> = (typeof operations)[N] extends { readonly long: readonly (infer L)[] } ? L : never;

/** An operation as plan files write it, e.g. `{ op: 'hostname', name: 'web' }`. Every field of its shape is there. */
export type Operation = {
  readonly [N in OperationName]: { readonly op: N } & {
    readonly [F in (typeof operations)[N]['numbers'][number]]: F extends Long<N> ? Integer64 : number;
  } & Readonly<Record<(typeof operations)[N]['texts'][number], OperationText>>;
}[OperationName];

/** `options` of the mount operation. */
export const mountOption = {
  bind: 1,
  /** AT_RECURSIVE for the bind. */
  recursive: 2,
  /** tmpcopyup: what the destination holds is copied into the new tmpfs. */
  copyUp: 4,
  /** The last component of the source is not followed. */
  sourceNoFollow: 8,
  /** The last component of the destination is not followed. */
  destinationNoFollow: 16,
  /** A source that is a symlink is made again at the destination instead of being mounted. */
  copySymlink: 32,
  /** proc and sysfs: no component of the destination may be a symlink (CVE-2023-27561). */
  noSymlinks: 64,
  /** tsrun is asked for the source where tsrun-init may not clone it, at the point `mountSource`; always where it is id-mapped. */
  fromHost: 128,
  /** An existing attachment is only changed (the `remount` option). */
  remount: 256,
  /** The destination is /proc, or below it at a place that was found to be harmless: else one that symlinks lead into a procfs is refused (CVE-2019-16884). */
  intoProcfs: 512,
  /** The option `context` is for a file system that does not take it: it becomes the label of its root directory. */
  labelRoot: 1024,
} as const;

/** Points at which tsrun-init waits for tsrun. */
export const syncPoint = {
  /** The user namespace exists: write the id maps, set limits that need host privileges. */
  idMaps: 1,
  /** All namespaces exist: move network devices. */
  namespaces: 2,
  /** Mounts are made, the root is not switched: prestart and createRuntime hooks. */
  hooks: 3,
  /** The seccomp listener is at the descriptor whose number is in the message's `errno`: fetch it by pidfd_getfd. */
  seccompListener: 4,
  /** In a bind mount: send its source, cloned in the mount namespace of tsrun-init. */
  mountSource: 5,
} as const;

/** 'PLAN' little-endian. */
export const planMagic = 0x4e414c50;
export const planVersion = 1;

/**
 * RLIM_INFINITY (getrlimit(2)), as rlimits carry it: no limit. 2^63 - 1, which programs in Go and Java write for "none", is a limit like any other to the kernel, as
 * it is with runc and crun: no file is larger than that.
 */
export const rlimitInfinity = 2n ** 64n - 1n;
