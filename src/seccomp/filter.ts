import { fromSystem } from '../errors/from_system.js';
import type { HostFacts } from '../host/facts.js';
import { sys, isSystemError } from '../sys/call.js';
import type { Fd, FileStatus } from '../sys/contract.js';
import { encodeSeccomp } from './encode.js';
import { jsonText } from '../json/text.js';
import type { Seccomp } from '../spec/types.js';
import { cacheDirectories } from '../host/cache_directories.js';

export interface FilterRequest {
  readonly seccomp: Seccomp | undefined;
  /** The filter depends on the architecture. */
  readonly host: HostFacts;
  /** Forbids writing anything, for `tsrun plan`. */
  readonly dry?: boolean;
}

/**
 * The digest of the code that generates filters, because other code may generate another filter from the same profile. A unit test compares
 * it with the sources.
 */
export const madeBy = '44b9f048da12ed48';
/** How many filters are kept: engines use a handful of profiles, each of some ten kilobytes. */
const keptFilters = 64;
/** BPF_MAXINSNS instructions of struct sock_filter. */
const instructionSize = 8;
const largestFilter = 4096 * instructionSize;

/** A key, or the temporary file of a killed writer; no other file is ever removed. */
const isKept = (name: string): boolean => /^([0-9a-f]{64}|\.[0-9a-f]{64}\.\d+\.\d+\.tmp)$/.test(name);

const O_NONBLOCK = 0o4000;
const O_NOFOLLOW = 0o400000;

/**
 * Compiles the profile to a filter program. libseccomp takes tens of milliseconds for a full profile, so the result is kept, by profile,
 * machine and versions.
 */
export function compileFilter(request: FilterRequest): Uint8Array | null {
  if (request.seccomp === undefined) return null;
  const key = sys().digest({ text: [madeBy, request.host.machine, sys().versions().seccomp, jsonText(request.seccomp)].join('\n') });
  const kept = readKept(key);
  if (kept !== null) return kept;
  const filter = compile(request.seccomp, request.host.machine);
  if (request.dry !== true) keep(key, filter);
  return filter;
}

function compile(seccomp: Seccomp, machine: string): Uint8Array {
  const profile = encodeSeccomp({ seccomp, machine });
  try {
    return sys().compileSeccomp({ profile });
  } catch (error) {
    throw fromSystem(error, {
      code: 'unsupported',
      phase: 'plan',
      operation: 'compile seccomp profile',
      path: '/linux/seccomp',
      ...(isSystemError(error, 'E2BIG') ? { hint: 'the kernel takes filters of at most 4096 instructions' } : {}),
    });
  }
}

/**
 * Returns the kept filter, or null if it cannot be trusted for any reason. Both the directory and the file must be ours alone: whoever may
 * rename in the directory could replace one profile's filter by another's.
 */
function readKept(key: string): Uint8Array | null {
  return withCache(cacheDirectories(), (directory) => {
    const file = sys().open({ path: key, flags: O_NOFOLLOW | O_NONBLOCK, directory });
    try {
      const status = ours(file);
      if (status?.kind !== 'file' || status.size === 0 || status.size > largestFilter || status.size % instructionSize !== 0) return null;
      return sys().readBytes({ path: `/proc/self/fd/${file}`, limit: largestFilter });
    } finally {
      sys().close({ fd: file });
    }
  });
}

/** Opens and uses the first of these directories that exists and is ours alone; null if there is none, or the system fails. */
function withCache<T>(paths: readonly string[], use: (directory: Fd) => T): T | null {
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

/**
 * Best effort: a filter that cannot be kept is compiled again next time. Writers of the same key write the same bytes, each with an atomic
 * rename.
 */
function keep(key: string, filter: Uint8Array): void {
  const usable = cacheDirectories().filter(isMade);
  withCache(usable, (directory) => {
    const place = `/proc/self/fd/${directory}`;
    const kept = sys().listDirectory({ path: place }).filter(isKept);
    if (kept.length >= keptFilters) for (const name of kept) sys().unlink({ path: `${place}/${name}` });
    sys().replaceBytes({ path: key, data: filter, mode: 0o600, sync: false, directory });
  });
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
