import { fromSystem } from '../errors/from_system.js';
import { sys, isSystemError } from '../sys/call.js';
import { foreignFile } from './foreign_file.js';
import { containerDirectory, cleanupRecordFile, recordFile, type Store } from './paths.js';

/** What has to be removed from the host whatever becomes of state.json. */
export interface CleanupRecord {
  /** Absolute directory of the container's cgroup. */
  readonly cgroup: string;
  /** Its inode, as in the record; absent until it is made, and in cleanup records of tsrun 0.1.0. */
  readonly cgroupInode?: number;
  /** What the cgroup is claimed with when it is made: proves it without an inode. Absent in cleanup records of tsrun 0.1.0. */
  readonly claim?: string;
  /** As in the record. */
  readonly bootId?: string;
  /** Directories above it that tsrun makes, outermost first. */
  readonly parents: readonly string[];
}

/**
 * Written before the cgroup is made: from then on a kill -9 of tsrun leaves nothing that `delete --force` cannot find. Whole, by
 * rename(2), for a path that is cut short is the path of somebody else's cgroup. One path on each line, then `NAME VALUE` lines, which tsrun 0.1.0 skips.
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

function cleanupRecordText({ cgroup, parents, cgroupInode, claim, bootId }: CleanupRecord): string {
  const known = [
    cgroupInode === undefined ? '' : `inode ${cgroupInode}\n`,
    claim === undefined ? '' : `claim ${claim}\n`,
    bootId === undefined ? '' : `boot ${bootId}\n`,
  ];
  return [cgroup, ...parents, ''].join('\n') + known.join('');
}

/** The cleanup record of a container whose state.json cannot be read; where it has none, what the remains of state.json still say; null for nothing. */
export function readCleanupRecord(store: Store): CleanupRecord | null {
  const cleanup = parseCleanupRecord(readIfText(store, cleanupRecordFile) ?? '');
  return cleanup ?? salvage(readIfText(store, recordFile) ?? '');
}

/** Only whole lines: tsrun 0.1.0 did not write by rename. */
function parseCleanupRecord(text: string): CleanupRecord | null {
  const lines = text.split('\n').slice(0, -1);
  const [cgroup, ...parents] = lines.filter((line) => line.startsWith('/'));
  if (cgroup === undefined) return null;
  const value = (name: string): string | undefined => lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);
  const [inode, claim, bootId] = [value('inode'), value('claim'), value('boot')];
  return {
    cgroup,
    parents,
    ...(inode === undefined ? {} : { cgroupInode: Number(inode) }),
    ...(claim === undefined ? {} : { claim }),
    ...(bootId === undefined ? {} : { bootId }),
  };
}

/** `cgroup` comes before the config in the file, so it is often there when the end is cut off; its inode comes right behind it. */
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
