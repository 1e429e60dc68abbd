import { attributeWords, capabilityWords, limitWords, namespaceWords, propagationWord, superblockWordsOf, syncWord } from './flag_words.js';
import { mountOption, type Operation, type OperationName, type OperationText } from '../protocol/operations.js';

type Of<N extends OperationName> = Extract<Operation, { op: N }>;

/** What an operation does, in one line without its name. */
export function describeOperation<N extends OperationName>(operation: Of<N>): string {
  const describe: (operation: Of<N>) => string = descriptions[operation.op];
  return describe(operation);
}

const descriptions: { readonly [N in OperationName]: (operation: Of<N>) => string } = {
  unshare: (o) => namespaceWords(o.namespaces),
  joinNamespace: (o) => `${namespaceWords(o.namespace)} ${quote(o.path)} (descriptor ${o.fd})`,
  joinProcess: (o) => `${namespaceWords(o.namespaces)} of the container's process (descriptor ${o.pidfd})`,
  becomeRoot: () => 'user 0, group 0 of the user namespace',
  respawn: (o) => (o.cloneFlags === 0 ? 'in the pid namespace that was joined' : `in new namespaces ${namespaceWords(o.cloneFlags)}`),
  timeOffsets: (o) => (text(o.offsets) === '' ? 'none' : text(o.offsets).trim().split('\n').join(', ')),
  sync: (o) => `wait for tsrun: ${syncWord(o.point)}`,
  newSession: (o) => (o.terminal === 1 ? 'with the terminal' : ''),
  hostname: (o) => quote(o.name),
  domainname: (o) => quote(o.name),
  loopbackUp: () => 'lo',
  sysctl: (o) => `${text(o.path)} = ${text(o.value)}`,
  oomScoreAdj: (o) => String(o.value),
  rlimit: (o) => (o.raise === 1 ? `raise ${limitWords(o.resource, 'unchanged', o.hard)}` : limitWords(o.resource, o.soft, o.hard)),
  keyring: (o) => [quote(o.name), labelled(o.label)].filter(Boolean).join(' '),
  personality: (o) => (o.persona === 8 ? 'LINUX32' : 'LINUX'),
  scheduler: (o) =>
    `policy ${o.policy} nice ${o.nice} priority ${o.priority} flags ${o.schedFlags} runtime ${o.runtime} deadline ${o.deadline} period ${o.period}`,
  ioPriority: (o) => `class ${o.value >> 13} priority ${o.value & 0x1fff}`,
  memoryPolicy: (o) => `mode ${o.mode & 0x1fff} flags ${o.mode & ~0x1fff} nodes ${bitList(o.nodeMask)}`,
  cpuAffinity: (o) => (o.mask === '' ? 'every cpu that the cpuset allows' : `cpus ${bitList(o.mask)}`),
  parentDeathSignal: (o) => String(o.signal),
  nextPlan: () => 'wait for the rest of the plan',
  reaper: (o) => `remove ${quote(o.directory)} when tsrun has ended`,

  rootPropagation: (o) => `${propagationWord(o.propagation)} on "/"`,
  rootfs: (o) => `${quote(o.path)}${o.recursive === 1 ? ' with everything mounted in it' : ''}`,
  overlay: (o) =>
    [
      `on ${quote(o.target)}`,
      `upper in ${o.memory === 1 ? 'memory' : quote(o.directory)}`,
      `lower ${entries(o.lowers)}`,
      o.userxattr === 1 ? 'userxattr' : '',
      labelled(o.label),
    ]
      .filter(Boolean)
      .join(', '),
  mount: describeMount,
  propagation: (o) => `${propagationWord(o.propagation)} on ${quote(o.destination)}`,
  device: describeDevice,
  symlink: (o) => `${quote(o.path)} -> ${quote(o.target)}`,
  pivotRoot: () => '',
  moveRoot: () => 'without pivot_root',
  changeRoot: (o) => quote(o.path),
  rootAttributes: (o) => [...attributeWords(o.set, 0), propagationWord(o.propagation)].filter(Boolean).join(','),
  mask: (o) => [quote(o.path), labelled(o.label)].filter(Boolean).join(' '),
  readonlyPath: (o) => quote(o.path),

  terminal: (o) =>
    [
      `master to descriptor ${o.socket}`,
      `owner ${o.uid}`,
      o.rows > 0 ? `${o.columns}x${o.rows}` : '',
      o.mountConsole === 1 ? 'on "/dev/console"' : '',
    ]
      .filter(Boolean)
      .join(', '),
  workingDirectory: (o) => quote(o.path),
  findExecutable: (o) => `${quote(o.name)} in ${quote(o.searchPath)}${o.home === 1 ? `, HOME of user ${o.uid}` : ''}`,
  ready: (o) => (o.listener < 0 ? 'wait for tsrun' : `wait for start on descriptor ${o.listener}`),
  hook: (o) => `#${o.index} ${quote(o.path)} ${entries(o.args)}${o.timeout > 0 ? `, at most ${o.timeout} ms` : ''}`,
  boundingSet: (o) => capabilityWords(o.mask),
  user: (o) =>
    [
      `uid ${o.uid}`,
      `gid ${o.gid}`,
      o.umask < 0 ? '' : `umask ${octal(o.umask)}`,
      o.setGroups === 1 ? `groups ${groups(o.groups)}` : 'groups kept',
    ]
      .filter(Boolean)
      .join(', '),
  capabilities: (o) =>
    `effective ${capabilityWords(o.effective)}; permitted ${capabilityWords(o.permitted)}; inheritable ${capabilityWords(o.inheritable)}; ambient ${capabilityWords(o.ambient)}`,
  noNewPrivileges: () => '',
  seccomp: (o) =>
    `filter of ${byteLength(o.filter) / 8} instructions, flags ${o.filterFlags}${o.listener === 1 ? ', with a listener' : ''}`,
  securityAttribute: (o) => `${text(o.attribute)} = ${text(o.value)}`,
  standardStreams: (o) => `owner ${o.uid}`,
  execute: (o) => `${entries(o.args)}, descriptors below ${o.preserve} are kept`,
};

function describeMount(o: Of<'mount'>): string {
  const has = (bit: number): boolean => (o.options & bit) !== 0;
  const remount = has(mountOption.remount);
  const bind = has(mountOption.bind);
  const words = [
    ...(bind ? [has(mountOption.recursive) ? 'rbind' : 'bind'] : []),
    ...(remount ? ['remount'] : []),
    ...attributeWords(o.set, o.clear),
    ...attributeWords(o.recursiveSet, o.recursiveClear, 'r'),
    ...superblockWordsOf(o.superblock),
    ...(has(mountOption.copyUp) ? ['tmpcopyup'] : []),
    ...(has(mountOption.sourceNoFollow) ? ['src-nofollow'] : []),
    ...(has(mountOption.destinationNoFollow) ? ['dest-nofollow'] : []),
    ...(has(mountOption.copySymlink) ? ['copy-symlink'] : []),
    ...(o.propagation === 0 ? [] : [propagationWord(o.propagation)]),
    ...(Array.isArray(o.data) ? (o.data as readonly string[]) : []),
  ];
  const what = remount
    ? ''
    : bind
      ? quote(o.source)
      : text(o.type) === text(o.source)
        ? text(o.type)
        : `${text(o.type)} ${quote(o.source)}`;
  return [what, 'on', quote(o.destination), words.join(','), o.idmap < 0 ? '' : `(map ${o.idmap})`].filter(Boolean).join(' ');
}

function describeDevice(o: Of<'device'>): string {
  const kind = (o.mode & 0o170000) === 0o060000 ? 'b' : (o.mode & 0o170000) === 0o010000 ? 'p' : 'c';
  const node = `${quote(o.path)} ${kind} ${o.major}:${o.minor}`;
  return o.bind === 1 ? `${node}, the host's` : `${node} mode ${octal(o.mode & 0o7777)} owner ${o.uid}:${o.gid}`;
}

function text(value: OperationText): string {
  if (typeof value === 'string') return value;
  return value instanceof Uint8Array ? `${value.length} bytes` : value.join(' ');
}

function quote(value: OperationText): string {
  return JSON.stringify(text(value));
}

function entries(value: OperationText): string {
  return typeof value === 'string' || value instanceof Uint8Array ? quote(value) : JSON.stringify(value);
}

function labelled(label: OperationText): string {
  return text(label) === '' ? '' : `label ${quote(label)}`;
}

function byteLength(value: OperationText): number {
  return value instanceof Uint8Array ? value.length : 0;
}

function octal(value: number): string {
  return `0${value.toString(8)}`;
}

/** The bits of a mask as numbers. */
function bitList(mask: OperationText): string {
  if (!(mask instanceof Uint8Array)) return '';
  const numbers: number[] = [];
  mask.forEach((byte, index) => {
    for (let bit = 0; bit < 8; bit++) if ((byte & (1 << bit)) !== 0) numbers.push(index * 8 + bit);
  });
  return numbers.join(',');
}

/** gid_t[], little-endian. */
function groups(list: OperationText): string {
  if (!(list instanceof Uint8Array) || list.length === 0) return 'none';
  const view = new DataView(list.buffer, list.byteOffset, list.length);
  return Array.from({ length: list.length / 4 }, (_, index) => view.getUint32(index * 4, true)).join(',');
}
