/** mount(2). */
const MS_RDONLY = 1;
const MS_NOSUID = 2;
const MS_NODEV = 4;
const MS_NOEXEC = 8;
const MS_SYNCHRONOUS = 16;
const MS_REMOUNT = 32;
const MS_MANDLOCK = 64;
const MS_DIRSYNC = 128;
const MS_NOATIME = 1024;
const MS_NODIRATIME = 2048;
const MS_BIND = 4096;
const MS_REC = 16384;
const MS_UNBINDABLE = 1 << 17;
const MS_PRIVATE = 1 << 18;
const MS_SLAVE = 1 << 19;
const MS_SHARED = 1 << 20;
const MS_RELATIME = 1 << 21;
const MS_STRICTATIME = 1 << 24;

export const mountFlags = { readOnly: MS_RDONLY, remount: MS_REMOUNT, bind: MS_BIND, recursive: MS_REC } as const;

interface Effect {
  readonly set?: number;
  readonly clear?: number;
}

const effects: ReadonlyMap<string, Effect> = new Map<string, Effect>([
  ['defaults', {}],
  ['ro', { set: MS_RDONLY }],
  ['rw', { clear: MS_RDONLY }],
  ['nosuid', { set: MS_NOSUID }],
  ['suid', { clear: MS_NOSUID }],
  ['nodev', { set: MS_NODEV }],
  ['dev', { clear: MS_NODEV }],
  ['noexec', { set: MS_NOEXEC }],
  ['exec', { clear: MS_NOEXEC }],
  ['sync', { set: MS_SYNCHRONOUS }],
  ['async', { clear: MS_SYNCHRONOUS }],
  ['dirsync', { set: MS_DIRSYNC }],
  ['remount', { set: MS_REMOUNT }],
  ['mand', { set: MS_MANDLOCK }],
  ['nomand', { clear: MS_MANDLOCK }],
  ['noatime', { set: MS_NOATIME }],
  ['atime', { clear: MS_NOATIME }],
  ['nodiratime', { set: MS_NODIRATIME }],
  ['diratime', { clear: MS_NODIRATIME }],
  ['relatime', { set: MS_RELATIME }],
  ['norelatime', { clear: MS_RELATIME }],
  ['strictatime', { set: MS_STRICTATIME }],
  ['nostrictatime', { clear: MS_STRICTATIME }],
  ['bind', { set: MS_BIND }],
  ['rbind', { set: MS_BIND | MS_REC }],
]);

const propagations: ReadonlyMap<string, number> = new Map([
  ['unbindable', MS_UNBINDABLE],
  ['runbindable', MS_UNBINDABLE | MS_REC],
  ['private', MS_PRIVATE],
  ['rprivate', MS_PRIVATE | MS_REC],
  ['slave', MS_SLAVE],
  ['rslave', MS_SLAVE | MS_REC],
  ['shared', MS_SHARED],
  ['rshared', MS_SHARED | MS_REC],
]);

export interface ParsedOptions {
  readonly flags: number;
  /** 0 for none. */
  readonly propagation: number;
  /** What the file system is given. */
  readonly data: readonly string[];
}

/** Splits the options of a mount as containerd's snapshotters write them, which are those of fstab(5). */
export function parseOptions(options: readonly string[]): ParsedOptions {
  let flags = 0;
  let propagation = 0;
  const data: string[] = [];
  for (const option of options) {
    const effect = effects.get(option);
    if (effect !== undefined) flags = (flags | (effect.set ?? 0)) & ~(effect.clear ?? 0);
    else if (propagations.has(option)) propagation |= propagations.get(option) ?? 0;
    // For containerd itself.
    else if (option !== '' && !option.startsWith('X-containerd.')) data.push(option);
  }
  return { flags, propagation, data };
}
