/**
 * What tsrun-init was doing inside an operation when it failed. A number is never reused: `start` reads reports of a tsrun-init that an
 * older tsrun started.
 */
export const step = {
  none: 0,
  /** openat2 of the destination. */
  resolve: 1,
  /** mkdirat, mknodat of the destination. */
  create: 2,
  /** open_tree or open of the source. */
  source: 3,
  /** fsopen. */
  context: 4,
  /** fsconfig of one option. */
  option: 5,
  /** fsconfig CREATE. */
  superblock: 6,
  /** fsmount. */
  detached: 7,
  /** mount_setattr. */
  attributes: 8,
  /** move_mount. */
  attach: 9,
  /** mount(2) or mount_setattr for propagation. */
  propagate: 10,
  /** Something is not what it must be (file system type, device number). */
  verify: 11,
  open: 12,
  write: 13,
  /** chown. */
  owner: 14,
  /** chmod. */
  mode: 15,
  pivot: 16,
  /** umount2 of the old root. */
  detachOld: 17,
  changeDirectory: 18,
  /** The working directory is outside the root. */
  outside: 19,
  /** executable: in no directory of PATH. */
  notFound: 20,
  /** executable: the program in its #! line or PT_INTERP is missing. */
  interpreter: 21,
  notExecutable: 22,
  isDirectory: 23,
  /** execve itself. */
  exec: 24,
  groups: 25,
  gid: 26,
  uid: 27,
  bounding: 28,
  capset: 29,
  ambient: 30,
  setns: 31,
  unshare: 32,
  clone: 33,
  socket: 34,
  ioctl: 35,
  send: 36,
  spawn: 37,
  timeout: 38,
  /** A hook's exit status. */
  status: 39,
  /** tmpcopyup, copy-symlink. */
  copy: 40,
  symlinkInPath: 41,
  /** The other side gave up or is gone. */
  gaveUp: 42,
  /** The plan could not be decoded. */
  plan: 43,
  /** executable: on a noexec mount. */
  noexec: 44,
  /** fsetxattr of security.selinux. */
  label: 45,
  /** The path is the root of the rootfs, where nothing can be mounted. */
  overRoot: 46,
} as const;

/** For a sentence: what failed inside the operation. Steps that add nothing to the operation itself are not listed. */
const words: Readonly<Record<number, string>> = {
  [step.resolve]: 'resolve the path in the root file system',
  [step.create]: 'create the mount point',
  [step.source]: 'open the source',
  [step.context]: 'open the file system type',
  [step.option]: 'set option',
  [step.attributes]: 'set mount attributes',
  [step.propagate]: 'set propagation',
  [step.verify]: 'verify',
  [step.open]: 'open',
  [step.owner]: 'change owner',
  [step.mode]: 'change mode',
  [step.label]: 'set label',
  [step.detachOld]: 'detach the old root',
  [step.groups]: 'set additional groups',
  [step.gid]: 'set group id',
  [step.uid]: 'set user id',
  [step.bounding]: 'drop from the bounding set',
  [step.capset]: 'set capability sets',
  [step.ambient]: 'set ambient capabilities',
  [step.clone]: 'clone',
  [step.socket]: 'open a socket',
  [step.send]: 'send',
  [step.spawn]: 'start the program',
  [step.timeout]: 'timed out',
  [step.copy]: 'copy',
  [step.symlinkInPath]: 'a component of the path is a symbolic link',
  [step.gaveUp]: 'the other side gave up or went away',
  [step.plan]: 'decode the plan',
  [step.overRoot]: "the path leads to the container's root directory",
};

/** Describes a step; empty if it adds nothing. */
export function stepWords(number: number): string {
  return words[number] ?? '';
}
