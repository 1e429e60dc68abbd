/** MOUNT_ATTR_* of linux/mount.h. */
export const mountAttribute = {
  readonly: 0x1,
  nosuid: 0x2,
  nodev: 0x4,
  noexec: 0x8,
  /** The field that the three access time modes share: setting one of them requires clearing the whole field (mount_setattr(2)). */
  accessTime: 0x70,
  noatime: 0x10,
  strictatime: 0x20,
  nodiratime: 0x80,
  nosymfollow: 0x200000,
} as const;

/** The MS_* flags of mount(2) that concern a superblock. */
export const superblockFlag = {
  readonly: 0x1,
  synchronous: 0x10,
  mandatoryLocks: 0x40,
  dirsync: 0x80,
  silent: 0x8000,
  iversion: 0x800000,
  lazytime: 0x2000000,
} as const;

/** The MS_* flags of mount(2) that change propagation. */
export const propagationFlag = {
  recursive: 0x4000,
  unbindable: 0x20000,
  private: 0x40000,
  slave: 0x80000,
  shared: 0x100000,
} as const;
