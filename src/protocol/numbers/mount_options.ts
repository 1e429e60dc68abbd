/** `options` of the mount operation, bit by bit. */
export const mountOption = {
  bind: 1,
  /** AT_RECURSIVE for the bind. */
  recursive: 2,
  /** tmpcopyup: copies the contents of the destination into the new tmpfs. */
  copyUp: 4,
  /** Does not follow a symlink as the last component of the source. */
  sourceNoFollow: 8,
  /** Does not follow a symlink as the last component of the destination. */
  destinationNoFollow: 16,
  /** If the source is a symlink, recreates it at the destination instead of mounting it. */
  copySymlink: 32,
  /** proc and sysfs: no component of the destination may be a symlink (CVE-2023-27561). */
  noSymlinks: 64,
  /** If tsrun-init may not clone the source, or the mount is id-mapped, asks tsrun for it at the sync point `mountSource`. */
  fromHost: 128,
  /** Only changes an existing mount (the `remount` option). */
  remount: 256,
  /**
   * The destination is /proc, or a path below it that was found to be harmless. Without this option, a destination that leads into a procfs
   * through symlinks is an error (CVE-2019-16884).
   */
  intoProcfs: 512,
  /** The file system does not accept the option `context`, so its root directory gets the label. */
  labelRoot: 1024,
} as const;
