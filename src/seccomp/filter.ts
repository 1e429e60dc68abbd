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
  /** Filters differ by architecture. */
  readonly host: HostFacts;
  /** Whether nothing may be written, as for `tsrun plan`. */
  readonly dry?: boolean;
}

/**
 * The code that makes filters, by its digest: another one may make another filter of the same profile. A unit test compares it with the
 * sources.
 */
export const madeBy = '2cdd8b6f88e2afd7';
/** How many filters are kept: engines use a handful of profiles, each of some ten kilobytes. */
const keptFilters = 64;
/** BPF_MAXINSNS instructions of struct sock_filter. */
const instructionSize = 8;
const largestFilter = 4096 * instructionSize;

/** A key, or what a writer of it left that was killed: no other file is ever removed. */
const isKept = (name: string): boolean => /^([0-9a-f]{64}|\.[0-9a-f]{64}\.\d+\.\d+\.tmp)$/.test(name);

const O_NONBLOCK = 0o4000;
const O_NOFOLLOW = 0o400000;

/**
 * The profile as a filter program. Compiling a full profile takes libseccomp tens of milliseconds, so the result is kept by content:
 * profile, machine, versions.
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
 * The kept filter, or null for any reason not to trust it. Both the directory and the file must be ours alone: whoever may rename in the
 * directory could put one profile's filter in the place of another's.
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

/** Uses the first of these directories that is there and nobody else's, open; null where there is none, or the system fails. */
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

/** What is open, if nobody else owns it or may write to it. */
function ours(fd: Fd): FileStatus | null {
  const status = sys().status({ path: '', follow: false, fd });
  return status !== null && status.uid === sys().ids().euid && (status.mode & 0o022) === 0 ? status : null;
}

/**
 * Best effort: a filter that cannot be kept is compiled again next time. Writers of the same key write the same bytes, each by an atomic
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

/** Makes it where it is missing; not what is above it, which is not ours. */
function isMade(path: string): boolean {
  try {
    sys().makeDirectory({ path, mode: 0o700 });
    return true;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return error.code === 'EEXIST';
  }
}
