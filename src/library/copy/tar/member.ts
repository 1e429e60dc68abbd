/** What an archive says of one file. */
export interface MemberHeader {
  readonly path: string;
  /** Of others, only the name is known. */
  readonly type: 'file' | 'directory' | 'symlink' | 'link' | 'character device' | 'block device' | 'FIFO' | 'unknown';
  /** The target of a symbolic link, or the path of the member that a hard link is another name of. */
  readonly linkPath: string;
  /** Twelve bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of content; 0 for all but files. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
}

/** Extended attributes by their names, all of which begin with `user.`. */
export type Attributes = ReadonlyMap<string, Uint8Array>;

/** tar(5): archives consist of blocks. */
export const blockSize = 512;

/** How many bytes follow `size` bytes up to the end of the block. */
export function padding(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}
