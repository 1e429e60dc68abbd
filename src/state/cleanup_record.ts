import { fromSystem } from '../errors/from_system.js';
import { sys, isSystemError } from '../sys/call.js';
import { foreignFile } from './foreign_file.js';
import { containerDirectory, cleanupRecordFile, recordFile, type Store } from './paths.js';

/** What must be removed from the host even if state.json is lost. */
export interface CleanupRecord {
  /** Absolute directory of the container's cgroup; null until systemd has chosen one. */
  readonly cgroup: string | null;
  /** Its inode, as in the record; absent until it is created, and in cleanup records of tsrun 0.1.0. */
  readonly cgroupInode?: number;
  /** The claim of the cgroup, which identifies it without an inode. Absent in cleanup records of tsrun 0.1.0. */
  readonly claim?: string;
  /** As in the record. */
  readonly bootId?: string;
  readonly systemdUnit?: string;
  readonly systemdBus?: 'system' | 'user';
  /** Directories above it that tsrun creates, outermost first. */
  readonly parents: readonly string[];
}

/**
 * Record the cgroup path before creating it, so that `delete --force` can clean up even if tsrun is killed midway. Replaced as a whole with
 * rename(2), because a truncated path would be the path of somebody else's cgroup. One path per line, then `NAME VALUE` lines, which tsrun
 * 0.1.0 skips.
 */
export function writeCleanupRecord({ store, cleanup }: { readonly store: Store; readonly cleanup: CleanupRecord }): void {
  try {
    sys().replaceFile({ path: cleanupRecordFile, text: cleanupRecordText(cleanup), mode: 0o600, sync: false, directory: store.directory });
  } catch (error) {
    throw fromSystem(error, {
      code: 'setup',
      phase: 'state',
      operation: 'write state',
      path: `${containerDirectory(store)}/${cleanupRecordFile}`,
    });
  }
}

function cleanupRecordText({ cgroup, parents, cgroupInode, claim, bootId, systemdUnit, systemdBus }: CleanupRecord): string {
  const known = [
    cgroupInode === undefined ? '' : `inode ${cgroupInode}\n`,
    claim === undefined ? '' : `claim ${claim}\n`,
    bootId === undefined ? '' : `boot ${bootId}\n`,
    systemdUnit === undefined ? '' : `unit ${systemdUnit}\nbus ${systemdBus ?? 'system'}\n`,
  ];
  return [...(cgroup === null ? [] : [cgroup]), ...parents, ''].join('\n') + known.join('');
}

/**
 * The cleanup record of a container whose state.json cannot be read. If there is none, returns what the rest of state.json still says, or
 * null.
 */
export function readCleanupRecord(store: Store): CleanupRecord | null {
  const cleanup = parseCleanupRecord(readIfText(store, cleanupRecordFile) ?? '');
  return cleanup ?? salvage(readIfText(store, recordFile) ?? '');
}

/** Only complete lines, because tsrun 0.1.0 did not write with rename. */
function parseCleanupRecord(text: string): CleanupRecord | null {
  const lines = text.split('\n').slice(0, -1);
  const [cgroup = null, ...parents] = lines.filter((line) => line.startsWith('/'));
  const value = (name: string): string | undefined => lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);
  const [inode, claim, bootId, unit] = [value('inode'), value('claim'), value('boot'), value('unit')];
  if (cgroup === null && unit === undefined) return null;
  return {
    cgroup,
    parents,
    ...(inode === undefined ? {} : { cgroupInode: Number(inode) }),
    ...(claim === undefined ? {} : { claim }),
    ...(bootId === undefined ? {} : { bootId }),
    ...(unit === undefined ? {} : { systemdUnit: unit, systemdBus: value('bus') === 'user' ? 'user' : 'system' }),
  };
}

/** `cgroup` comes before the config in the file, so it often survives a truncation; its inode follows directly. */
function salvage(remains: string): CleanupRecord | null {
  const found = /"cgroup":("\/(?:[^"\\]|\\.)*")(?:,"cgroupInode":(\d+),)?/.exec(remains);
  if (found === null) return null;
  const [, cgroup, inode] = found;
  return { cgroup: String(JSON.parse(String(cgroup))), parents: [], ...(inode === undefined ? {} : { cgroupInode: Number(inode) }) };
}

function readIfText({ directory }: Store, path: string): string | null {
  try {
    return sys().readText({ path, limit: 32 << 20, directory });
  } catch (error) {
    if (isSystemError(error, 'ENOENT', ...foreignFile)) return null;
    throw error;
  }
}
