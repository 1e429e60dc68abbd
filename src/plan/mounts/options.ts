import { mountAttribute, propagationFlag, superblockFlag } from '../../protocol/mount_flags.js';

/** What one word in a mount's `options` means. Absent bits are zero. */
export interface MountOptionEffect {
  /** SB_* bits (the values of mount(2)'s MS_*) that belong to the whole file system, to be set or cleared. */
  readonly superblock?: number;
  readonly superblockClear?: number;
  /** MOUNT_ATTR_* bits of this one mount. */
  readonly set?: number;
  readonly clear?: number;
  /** MOUNT_ATTR_* bits of this mount and everything mounted below it. */
  readonly recursiveSet?: number;
  readonly recursiveClear?: number;
  /** MS_SHARED and the like, with MS_REC. */
  readonly propagation?: number;
  readonly special?: SpecialMountOption;
}

export type SpecialMountOption =
  'bind' | 'rbind' | 'remount' | 'tmpcopyup' | 'idmap' | 'ridmap' | 'copy-symlink' | 'src-nofollow' | 'dest-nofollow';

const { readonly, nosuid, nodev, noexec, accessTime, noatime, strictatime, nodiratime, nosymfollow } = mountAttribute;
const superblock = superblockFlag;
const propagation = propagationFlag;

/**
 * Every option that is not passed to the file system as data: those of runc and crun (mount(8) for their meaning). `relatime` is the zero
 * of the access time field, so options that request the kernel's default only clear the field.
 */
const effects = {
  defaults: {},
  ro: { superblock: superblock.readonly, set: readonly },
  rw: { superblockClear: superblock.readonly, clear: readonly },
  nosuid: { set: nosuid },
  suid: { clear: nosuid },
  nodev: { set: nodev },
  dev: { clear: nodev },
  noexec: { set: noexec },
  exec: { clear: noexec },
  nosymfollow: { set: nosymfollow },
  symfollow: { clear: nosymfollow },
  noatime: { set: noatime, clear: accessTime },
  atime: { clear: accessTime },
  relatime: { clear: accessTime },
  norelatime: {},
  strictatime: { set: strictatime, clear: accessTime },
  nostrictatime: { clear: accessTime },
  nodiratime: { set: nodiratime },
  diratime: { clear: nodiratime },
  sync: { superblock: superblock.synchronous },
  async: { superblockClear: superblock.synchronous },
  dirsync: { superblock: superblock.dirsync },
  mand: { superblock: superblock.mandatoryLocks },
  nomand: { superblockClear: superblock.mandatoryLocks },
  lazytime: { superblock: superblock.lazytime },
  nolazytime: { superblockClear: superblock.lazytime },
  iversion: { superblock: superblock.iversion },
  noiversion: { superblockClear: superblock.iversion },
  silent: { superblock: superblock.silent },
  loud: { superblockClear: superblock.silent },

  rro: { recursiveSet: readonly },
  rrw: { recursiveClear: readonly },
  rnosuid: { recursiveSet: nosuid },
  rsuid: { recursiveClear: nosuid },
  rnodev: { recursiveSet: nodev },
  rdev: { recursiveClear: nodev },
  rnoexec: { recursiveSet: noexec },
  rexec: { recursiveClear: noexec },
  rnosymfollow: { recursiveSet: nosymfollow },
  rsymfollow: { recursiveClear: nosymfollow },
  rnoatime: { recursiveSet: noatime, recursiveClear: accessTime },
  ratime: { recursiveClear: accessTime },
  rrelatime: { recursiveClear: accessTime },
  rnorelatime: {},
  rstrictatime: { recursiveSet: strictatime, recursiveClear: accessTime },
  rnostrictatime: { recursiveClear: accessTime },
  rnodiratime: { recursiveSet: nodiratime },
  rdiratime: { recursiveClear: nodiratime },
  // crun's options. They concern superblocks, which no call changes recursively, so they mean the same as without the r.
  rsync: { superblock: superblock.synchronous },
  rasync: { superblockClear: superblock.synchronous },
  rdirsync: { superblock: superblock.dirsync },
  rmand: { superblock: superblock.mandatoryLocks },
  rnomand: { superblockClear: superblock.mandatoryLocks },

  private: { propagation: propagation.private },
  rprivate: { propagation: propagation.private | propagation.recursive },
  slave: { propagation: propagation.slave },
  rslave: { propagation: propagation.slave | propagation.recursive },
  shared: { propagation: propagation.shared },
  rshared: { propagation: propagation.shared | propagation.recursive },
  unbindable: { propagation: propagation.unbindable },
  runbindable: { propagation: propagation.unbindable | propagation.recursive },

  bind: { special: 'bind' },
  rbind: { special: 'rbind' },
  remount: { special: 'remount' },
  tmpcopyup: { special: 'tmpcopyup' },
  idmap: { special: 'idmap' },
  ridmap: { special: 'ridmap' },
  'copy-symlink': { special: 'copy-symlink' },
  'src-nofollow': { special: 'src-nofollow' },
  'dest-nofollow': { special: 'dest-nofollow' },
} as const satisfies Readonly<Record<string, MountOptionEffect>>;

/** The names of all options that are not data, for `tsrun features`. */
export const mountOptionNames: readonly string[] = Object.keys(effects);

/** A mount's `options`, combined. Of two that contradict each other, the later one takes effect. */
export interface MountOptions {
  readonly superblock: number;
  readonly set: number;
  readonly clear: number;
  readonly recursiveSet: number;
  readonly recursiveClear: number;
  /** In the order given. */
  readonly propagations: readonly number[];
  readonly specials: ReadonlySet<SpecialMountOption>;
  /** What follows `idmap=` or `ridmap=` (crun), or null. */
  readonly idmapText: string | null;
  /** What the file system itself gets: `key=value` or `key`. */
  readonly data: readonly string[];
}

/** Sorts a mount's options. An unknown option is data for the file system (config.md, "Mounts"). */
export function parseMountOptions(options: readonly string[]): MountOptions {
  let superblockFlags = 0;
  const own = { set: 0, clear: 0 };
  const below = { set: 0, clear: 0 };
  const propagations: number[] = [];
  const specials = new Set<SpecialMountOption>();
  const data: string[] = [];
  let idmapText: string | null = null;
  for (const option of options) {
    const word = option.startsWith('idmap=') ? 'idmap' : option.startsWith('ridmap=') ? 'ridmap' : option;
    if (!isKnown(word)) {
      data.push(...dataOf(option));
      continue;
    }
    const effect: MountOptionEffect = effects[word];
    superblockFlags = (superblockFlags & ~(effect.superblockClear ?? 0)) | (effect.superblock ?? 0);
    change(own, effect.set ?? 0, effect.clear ?? 0);
    change(below, effect.recursiveSet ?? 0, effect.recursiveClear ?? 0);
    if (effect.propagation !== undefined) propagations.push(effect.propagation);
    if (effect.special !== undefined) specials.add(effect.special);
    if (word !== option) idmapText = option.slice(word.length + 1);
  }
  return {
    superblock: superblockFlags,
    set: own.set,
    clear: own.clear,
    recursiveSet: below.set,
    recursiveClear: below.clear,
    propagations,
    specials,
    idmapText,
    data,
  };
}

/**
 * Options for the file system may come several in one string, or none in an empty one: runc and crun join all of them with commas for
 * mount(2), which separates them again (generic_parse_monolithic of the kernel). A comma in quotes, or after a backslash (overlay's
 * escape), does not separate.
 */
function dataOf(option: string): readonly string[] {
  if (option === '') return [];
  return option.includes(',') ? (option.match(/(?:"[^"]*"|\\.|[^,])+/g) ?? []) : [option];
}

function isKnown(word: string): word is keyof typeof effects {
  return Object.hasOwn(effects, word);
}

/** Sets or clears bits; the last request for a bit takes effect. The access time field stays in `clear` if one of its modes is set. */
function change(bits: { set: number; clear: number }, set: number, clear: number): void {
  bits.set = (bits.set & ~clear) | set;
  bits.clear = (bits.clear & ~(set & ~accessTime)) | clear;
}
