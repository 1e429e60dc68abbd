import { mountOption, rlimitInfinity, type Operation, type OperationName, type OperationText } from './operations.js';
import type { Integer64 } from '../json/integer64.js';

type Of<N extends OperationName> = Extract<Operation, { op: N }>;

/** Verb and quoted object of every operation, e.g. `mount "proc" on "/proc"`. Built when something failed, not at every start. */
const sentences = (): { readonly [N in OperationName]: (operation: Of<N>) => string } => ({
  unshare: (o) => `unshare ${namespaceWords(o.namespaces)}`,
  joinNamespace: (o) => `join ${namespaceWords(o.namespace)} ${quote(o.path)}`,
  joinProcess: () => "join the namespaces of the container's process",
  becomeRoot: () => 'become root of the user namespace',
  respawn: () => "clone the container's process",
  timeOffsets: () => 'set the offsets of the time namespace',
  sync: () => 'wait for tsrun',
  newSession: () => 'make a session',
  hostname: (o) => `set hostname ${quote(o.name)}`,
  domainname: (o) => `set domainname ${quote(o.name)}`,
  loopbackUp: () => 'bring up network interface "lo"',
  sysctl: (o) => `set sysctl ${quote(plain(o.path).split('/').join('.'))} to ${quote(o.value)}`,
  oomScoreAdj: (o) => `set oom_score_adj to ${o.value}`,
  rlimit: (o) => `set rlimit ${quote(o.name)} to ${limit(o.soft)}:${limit(o.hard)}`,
  keyring: (o) => `make session keyring ${quote(o.name)}${plain(o.label) === '' ? '' : ` with label ${quote(o.label)}`}`,
  personality: () => 'set personality',
  scheduler: () => 'set scheduler',
  ioPriority: () => 'set io priority',
  memoryPolicy: () => 'set memory policy',
  cpuAffinity: () => 'set cpu affinity',
  parentDeathSignal: (o) => `set parent death signal to ${o.signal}`,
  nextPlan: () => 'receive the rest of the plan',
  reaper: (o) => `remove ${quote(o.directory)}`,
  rootPropagation: () => 'set mount propagation of "/"',
  rootfs: (o) => `bind root file system ${quote(o.path)}`,
  overlay: (o) => `mount overlay on ${quote(o.target)}`,
  mount: mountSentence,
  propagation: (o) => `set mount propagation of ${quote(o.destination)}`,
  device: (o) => `create device ${quote(o.path)}`,
  symlink: (o) => `create symlink ${quote(o.path)} to ${quote(o.target)}`,
  pivotRoot: () => 'pivot_root into the root file system',
  moveRoot: () => 'move the root file system to "/"',
  changeRoot: () => 'chroot into the root file system',
  rootAttributes: () => 'set mount attributes of "/"',
  mask: (o) => `mask ${quote(o.path)}`,
  readonlyPath: (o) => `make ${quote(o.path)} read-only`,
  terminal: () => 'set up the terminal',
  workingDirectory: (o) => `chdir to cwd (${quote(o.path)}) set in config.json failed`,
  findExecutable: (o) => `exec: ${quote(o.name)}`,
  ready: () => 'wait for start',
  hook: (o) => `run hook #${o.index} ${quote(o.path)}`,
  boundingSet: () => 'set the capability bounding set',
  user: (o) => `set user ${o.uid}:${o.gid}`,
  capabilities: () => 'set capabilities',
  noNewPrivileges: () => 'set no_new_privs',
  seccomp: () => 'load the seccomp filter',
  securityAttribute: (o) => `write ${quote(o.value)} to "/proc/self/attr/${plain(o.attribute)}"`,
  standardStreams: (o) => `give the standard streams to user ${o.uid}`,
  execute: (o) => `exec: ${quote(Array.isArray(o.args) ? (o.args[0] as OperationText) : o.args)}`,
});

/** What the operation was to do, as the beginning of an error message. */
export function operationWords<N extends OperationName>(operation: Of<N>): string {
  const sentence = sentences()[operation.op] as (operation: Of<N>) => string;
  return sentence(operation);
}

/** The path or name that the operation is about, for the error's `path`; empty where it has none. */
export function operationSubject(operation: Operation): string {
  const fields: Readonly<Record<string, Integer64 | OperationText>> = operation;
  const subject = fields['destination'] ?? fields['path'] ?? fields['target'] ?? fields['name'] ?? fields['attribute'];
  return typeof subject === 'string' ? subject : '';
}

function mountSentence(o: Of<'mount'>): string {
  if ((o.options & mountOption.remount) !== 0) return `remount ${quote(o.destination)}`;
  const bind = (o.options & mountOption.bind) !== 0;
  const what = plain(o.source) === '' ? o.type : o.source;
  return `${bind ? 'bind' : 'mount'} ${quote(what)} on ${quote(o.destination)}`;
}

const namespaceNames: readonly (readonly [number, string])[] = [
  [0x00000080, 'time'],
  [0x00020000, 'mount'],
  [0x02000000, 'cgroup'],
  [0x04000000, 'uts'],
  [0x08000000, 'ipc'],
  [0x10000000, 'user'],
  [0x20000000, 'pid'],
  [0x40000000, 'network'],
];

/** CLONE_NEW* in the words of the specification. */
function namespaceWords(flags: number): string {
  const names = namespaceNames.filter(([flag]) => (flags & flag) !== 0).map(([, name]) => name);
  return `${names.join(', ')} namespace${names.length > 1 ? 's' : ''}`;
}

function plain(text: OperationText): string {
  if (typeof text === 'string') return text;
  return text instanceof Uint8Array ? '' : text.join(' ');
}

function quote(text: OperationText): string {
  return `"${plain(text)}"`;
}

function limit(value: Integer64): string {
  return value === rlimitInfinity ? 'unlimited' : String(value);
}
