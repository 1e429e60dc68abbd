import type { Fd, FileStatus } from './values.js';

/** The part of `Sys` (contract.ts) for files and directories. */
export interface FileCalls {
  /**
   * openat2(2). On every machine, `flags` are the numbers of asm-generic/fcntl.h, as on x86-64, and `resolve` those of the kernel.
   * O_CLOEXEC is added. If `directory` is -1 or absent: AT_FDCWD.
   */
  open(o: { path: string; flags: number; mode?: number; directory?: Fd; resolve?: number }): Fd;
  close(o: { fd: Fd }): void;
  /**
   * A whole file as text. EFBIG beyond `limit` bytes, EILSEQ if it is not UTF-8, EISDIR for a directory. With `regular` it never waits, and
   * a FIFO or a device is EINVAL, a socket ENXIO.
   */
  readText(o: { path: string; limit: number; directory?: Fd; regular?: boolean }): string;
  /** As readText, from the current position of an open file to its end. */
  readFd(o: { fd: Fd; limit: number }): string;
  /** A whole file as bytes. */
  readBytes(o: { path: string; limit: number }): Uint8Array;
  /** At most `limit` bytes of what is available now; empty at the end of the file. Throws EAGAIN as a SystemError. */
  readSome(o: { fd: Fd; limit: number }): Uint8Array;
  /** One open and one write of everything: cgroup files, pid files. `flags` are added to O_WRONLY|O_CLOEXEC. */
  writeFile(o: { path: string; text: string; flags: number; mode?: number; directory?: Fd }): void;
  writeText(o: { fd: Fd; text: string }): void;
  /** memfd_create(2) with the content `text`, positioned at the start: for the standard input of a hook, or for its output. */
  memoryFile(o: { text: string }): Fd;
  writeBytes(o: { fd: Fd; data: Uint8Array }): void;
  /** Temporary file in the same directory, write, fsync if `sync`, rename(2). With `directory` the path is relative to it. */
  replaceFile(o: { path: string; text: string; mode: number; sync: boolean; directory?: Fd }): void;
  /** As replaceFile, for bytes. */
  replaceBytes(o: { path: string; data: Uint8Array; mode: number; sync: boolean; directory?: Fd }): void;
  /** SHA-256 of the text, 64 hexadecimal digits. */
  digest(o: { text: string }): string;
  makeDirectory(o: { path: string; mode: number }): void;
  removeDirectory(o: { path: string }): void;
  unlink(o: { path: string }): void;
  rename(o: { from: string; to: string }): void;
  /**
   * Removes a directory and its contents, without crossing a mount or following a symlink. A missing one is not an error. With `fd`,
   * empties this open directory, and removes the path only if it leads there.
   */
  removeTree(o: { path: string; fd?: Fd }): void;
  /**
   * Copies the contents and attributes of an open directory into an open, empty one: owners, modes, times, extended attributes, device
   * nodes, hard links, holes. Follows no symlink and enters no mount; the file handles that an overlay keeps (`*.overlay.origin`) are left
   * out.
   */
  copyTree(o: { from: Fd; to: Fd }): Promise<void>;
  /**
   * Fills an open, empty directory with the upper layer that an overlay has, from the root directory of the overlay and those of its lower
   * layers, topmost first: what differs from them, as copyTree copies it, and whiteouts for what they have and the overlay has not. A file
   * counts as the same if its attributes and times are, with that of its last change. With `userAttributes`, the overlay keeps its own
   * attributes in `user.overlay.*` (`userxattr`), otherwise in `trusted.overlay.*`.
   */
  copyChanges(o: { from: Fd; lowers: readonly Fd[]; to: Fd; userAttributes: boolean }): Promise<void>;
  /** listxattr(2): the names that begin with `user.` and are UTF-8. Follows symlinks: of an open file by its path below /proc/self/fd. */
  userAttributeNames(o: { path: string }): readonly string[];
  /** getxattr(2) for such a name; null if it is gone. EPERM for others. */
  userAttribute(o: { path: string; name: string }): Uint8Array | null;
  /** fsetxattr(2) for such a name. EPERM for others. */
  setUserAttribute(o: { fd: Fd; name: string; value: Uint8Array }): void;
  /** Names without . and .. , unsorted. */
  listDirectory(o: { path: string }): readonly string[];
  /** statx(2); null if the path does not exist (ENOENT, ENOTDIR). `fd` with an empty path: the open file itself. */
  status(o: { path: string; follow: boolean; fd?: Fd }): FileStatus | null;
  /**
   * access(2); false if the file is absent or the access is not permitted. Any other errno is thrown: it is a failure of the machine and
   * says nothing about the file.
   */
  access(o: { path: string; mode: number }): boolean;
  realPath(o: { path: string }): string;
  readLink(o: { path: string }): string;
  /** f_type of statfs(2). */
  filesystemType(o: { path: string }): number;
  chown(o: { path: string; uid: number; gid: number }): void;
  /** Opens a directory that nobody else can change: EPERM if another user owns it or may write to it, ENOTDIR for a symlink. */
  openOwnDirectory(o: { path: string }): Fd;
  /** Creates a directory and returns it open, locked, and empty: EEXIST if somebody else has, or had, one with this name. */
  takeDirectory(o: { path: string; mode: number }): Fd;
  /**
   * Whether a file that announces changes by POLLPRI, such as /proc/self/mountinfo (proc(5)), has changed since it was opened or this was
   * last called.
   */
  hasChanged(o: { fd: Fd }): boolean;
  /**
   * As openOwnDirectory, and locks it with flock(2) as long as it stays open; at that moment it still had its name. Returns -1 while
   * another process holds the lock. With `fd`, locks this open directory, or file: ENOENT if the path no longer leads there.
   */
  lockDirectory(o: { path: string; fd?: Fd }): Fd;
  /** Unlocks it and leaves it open. */
  unlockDirectory(o: { fd: Fd }): void;
}
