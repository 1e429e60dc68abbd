/** `options` of the mount operation, bit by bit. */
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
  /** tsrun is asked for the source if tsrun-init may not clone it, at the point `mountSource`; always if it is id-mapped. */
  fromHost: 128,
  /** An existing attachment is only changed (the `remount` option). */
  remount: 256,
  /** The destination is /proc, or below it at a place that was found to be harmless: else one that symlinks lead into a procfs is refused (CVE-2019-16884). */
  intoProcfs: 512,
  /** The option `context` is for a file system that does not take it: it becomes the label of its root directory. */
  labelRoot: 1024,
} as const;
