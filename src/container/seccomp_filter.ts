import { fromSystem } from '../errors/from_system.js';
import type { HostFacts } from '../host/facts.js';
import { door, isSystemError } from '../native/call.js';
import type { Fd, FileStatus } from '../native/contract.js';
import { encodeSeccomp } from '../plan/seccomp_encode.js';
import { jsonText } from '../json/text.js';
import type { Seccomp } from '../spec/types.js';
import { makeRoot } from '../state/root.js';

export interface FilterRequest {
  readonly seccomp: Seccomp | undefined;
  /** The state root, below which compiled filters are kept. */
  readonly root: string;
  /** Filters differ by architecture. */
  readonly host: HostFacts;
  /** Whether nothing may be written, as for `tsrun plan`. */
  readonly dry?: boolean;
}

/** `@` is in no container id, so the directory never collides with one. */
const directoryName = '@seccomp';
/** Raised when the compiled form changes for the same profile. */
const formatVersion = 2;
/** How many filters are kept: engines use a handful of profiles, each of some ten kilobytes. */
const keptFilters = 64;
/** BPF_MAXINSNS instructions of struct sock_filter. */
const instructionSize = 8;
const largestFilter = 4096 * instructionSize;

const O_NONBLOCK = 0o4000;
const O_DIRECTORY = 0o200000;
const O_NOFOLLOW = 0o400000;
const O_PATH = 0o10000000;

/**
 * The profile as a filter program. Compiling a full profile takes libseccomp tens of milliseconds, so the result is kept by content: profile, machine,
 * versions.
 */
export function compileFilter(request: FilterRequest): Uint8Array | null {
  if (request.seccomp === undefined) return null;
  const directory = `${request.root}/${directoryName}`;
  const key = door().digest({ text: [formatVersion, request.host.machine, door().versions().seccomp, jsonText(request.seccomp)].join('\n') });
  const kept = readKept(directory, key);
  if (kept !== null) return kept;
  const filter = compile(request.seccomp, request.host.machine);
  if (request.dry !== true) keep(request.root, directory, key, filter);
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

/**
 * The kept filter, or null for any reason not to trust it. Both the directory and the file must be ours alone: whoever may rename in the directory could put one
 * profile's filter in the place of another's.
 */
function readKept(directory: string, key: string): Uint8Array | null {
  const opened: Fd[] = [];
  try {
    const parent = door().open({ path: directory, flags: O_PATH | O_DIRECTORY | O_NOFOLLOW });
    opened.push(parent);
    if (ours(parent)?.kind !== 'directory') return null;
    const file = door().open({ path: key, flags: O_NOFOLLOW | O_NONBLOCK, directory: parent });
    opened.push(file);
    const status = ours(file);
    if (status?.kind !== 'file' || status.size === 0 || status.size > largestFilter || status.size % instructionSize !== 0) return null;
    return door().readBytes({ path: `/proc/self/fd/${file}`, limit: largestFilter });
  } catch (error) {
    if (isSystemError(error)) return null;
    throw error;
  } finally {
    for (const fd of opened) door().close({ fd });
  }
}

/** What is open, if nobody else owns it or may write to it. */
function ours(fd: Fd): FileStatus | null {
  const status = door().status({ path: '', follow: false, fd });
  return status !== null && status.uid === door().ids().euid && (status.mode & 0o022) === 0 ? status : null;
}

/** Best effort: a filter that cannot be kept is compiled again next time. Writers of the same key write the same bytes, each by an atomic rename. */
function keep(root: string, directory: string, key: string, filter: Uint8Array): void {
  try {
    makeDirectory(root, directory);
    const names = door().listDirectory({ path: directory });
    if (names.length >= keptFilters) for (const name of names) door().unlink({ path: `${directory}/${name}` });
    door().replaceBytes({ path: `${directory}/${key}`, data: filter, mode: 0o600, sync: false });
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

function makeDirectory(root: string, path: string): void {
  try {
    door().makeDirectory({ path, mode: 0o700 });
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) return;
    if (!isSystemError(error, 'ENOENT')) throw error;
    // The first container of this root.
    makeRoot(root);
    door().makeDirectory({ path, mode: 0o700 });
  }
}
