import { fromSystem } from '../errors/from_system.js';
import type { HostFacts } from '../host/facts.js';
import { door, isSystemError } from '../native/call.js';
import { encodeSeccomp } from '../plan/seccomp_encode.js';
import type { Seccomp } from '../spec/types.js';

export interface FilterRequest {
  readonly seccomp: Seccomp | undefined;
  /** The state root, below which compiled filters are kept. */
  readonly root: string;
  /** Filters differ by architecture. */
  readonly host: HostFacts;
}

/** `@` is in no container id, so the directory never collides with one. */
const directoryName = '@seccomp';
/** Raised when the compiled form changes for the same profile. */
const formatVersion = 2;
/** How many filters are kept: engines use a handful of profiles, each of some ten kilobytes. */
const keptFilters = 64;
/** BPF_MAXINSNS instructions of eight bytes. */
const largestFilter = 4096 * 8;

const O_NOFOLLOW = 0o400000;

/**
 * The profile as a filter program. Compiling a full profile takes libseccomp tens of milliseconds, so the result is kept by content: profile, machine,
 * versions. A kept file counts only if it is a regular file of our own that nobody else can write, reached without symlinks.
 */
export function compileFilter(request: FilterRequest): Uint8Array | null {
  if (request.seccomp === undefined) return null;
  const directory = `${request.root}/${directoryName}`;
  const key = door().digest({ text: [formatVersion, request.host.machine, door().versions().seccomp, JSON.stringify(request.seccomp)].join('\n') });
  const path = `${directory}/${key}`;
  const kept = readKept(path);
  if (kept !== null) return kept;
  const filter = compile(request.seccomp, request.host.machine);
  keep(directory, path, filter);
  return filter;
}

function compile(seccomp: Seccomp, machine: string): Uint8Array {
  const profile = encodeSeccomp({ seccomp, machine });
  try {
    return door().compileSeccomp({ profile });
  } catch (error) {
    throw fromSystem(error, { code: 'unsupported', phase: 'plan', operation: 'compile seccomp profile', path: '/linux/seccomp' });
  }
}

function readKept(path: string): Uint8Array | null {
  let fd = -1;
  try {
    fd = door().open({ path, flags: O_NOFOLLOW });
    const status = door().status({ path: '', follow: false, fd });
    const trusted =
      status !== null && status.kind === 'file' && status.uid === door().ids().euid && (status.mode & 0o022) === 0 && status.size > 0;
    if (!trusted || status.size > largestFilter || status.size % 8 !== 0) return null;
    return door().readBytes({ path: `/proc/self/fd/${fd}`, limit: largestFilter });
  } catch (error) {
    if (isSystemError(error)) return null;
    throw error;
  } finally {
    if (fd >= 0) door().close({ fd });
  }
}

/** Best effort: a filter that cannot be kept is compiled again next time. Writers of the same key write the same bytes, each by an atomic rename. */
function keep(directory: string, path: string, filter: Uint8Array): void {
  try {
    makeDirectory(directory);
    const names = door().listDirectory({ path: directory });
    if (names.length >= keptFilters) for (const name of names) door().unlink({ path: `${directory}/${name}` });
    door().replaceBytes({ path, data: filter, mode: 0o600, sync: false });
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

function makeDirectory(path: string): void {
  try {
    door().makeDirectory({ path, mode: 0o700 });
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error;
  }
}
