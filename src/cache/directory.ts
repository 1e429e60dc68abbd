import { sys, isSystemError } from '../sys/call.js';
import type { Fd, FileStatus } from '../sys/contract.js';
import { cacheDirectories } from './directories.js';

/** How many results are kept: engines use a handful of seccomp profiles, each of some ten kilobytes. */
const mostKept = 64;

/** A key, or the temporary file of a killed writer; no other file is ever removed. */
const isKept = (name: string): boolean => /^([0-9a-f]{64}|\.[0-9a-f]{64}\.\d+\.\d+\.tmp)$/.test(name);

const O_NONBLOCK = 0o4000;
const O_NOFOLLOW = 0o400000;

export interface CachedRequest {
  /** The digest of everything that the result depends on, the code that makes it included: an entry is never out of date. */
  readonly key: string;
  /** Whether a result may have this size in bytes. */
  readonly accepts: (size: number) => boolean;
}

/**
 * Returns what an earlier process kept, or null if it cannot be trusted for any reason. Both the directory and the file must be ours alone:
 * anybody who may rename in the directory could replace one result by another.
 */
export function readCached({ key, accepts }: CachedRequest): Uint8Array | null {
  return withDirectory(cacheDirectories(), (directory) => {
    const file = sys().open({ path: key, flags: O_NOFOLLOW | O_NONBLOCK, directory });
    try {
      const status = ours(file);
      if (status?.kind !== 'file' || !accepts(status.size)) return null;
      return sys().readBytes({ path: `/proc/self/fd/${file}`, limit: status.size });
    } finally {
      sys().close({ fd: file });
    }
  });
}

/**
 * Keeps a result for later processes. Best effort: what cannot be kept is made again next time. Writers of the same key write the same
 * bytes, each with an atomic rename.
 */
export function writeCached({ key, data }: { readonly key: string; readonly data: Uint8Array }): void {
  const usable = cacheDirectories().filter(isMade);
  withDirectory(usable, (directory) => {
    const place = `/proc/self/fd/${directory}`;
    const kept = sys().listDirectory({ path: place }).filter(isKept);
    if (kept.length >= mostKept) for (const name of kept) sys().unlink({ path: `${place}/${name}` });
    sys().replaceBytes({ path: key, data, mode: 0o600, sync: false, directory });
  });
}

/** Opens and uses the first of these directories that exists and is ours alone; null if there is none, or the system fails. */
function withDirectory<T>(paths: readonly string[], use: (directory: Fd) => T): T | null {
  for (const path of paths) {
    let directory: Fd = -1;
    try {
      directory = sys().openOwnDirectory({ path });
      return use(directory);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      if (directory >= 0) return null;
    } finally {
      if (directory >= 0) sys().close({ fd: directory });
    }
  }
  return null;
}

/** The status of the open file, or null if somebody else owns it or may write to it. */
function ours(fd: Fd): FileStatus | null {
  const status = sys().status({ path: '', follow: false, fd });
  return status !== null && status.uid === sys().ids().euid && (status.mode & 0o022) === 0 ? status : null;
}

/** Creates the directory if it is missing, but not its parents, which are not ours. */
function isMade(path: string): boolean {
  try {
    sys().makeDirectory({ path, mode: 0o700 });
    return true;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return error.code === 'EEXIST';
  }
}
