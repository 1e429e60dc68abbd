import { fromSystem } from '../../errors/from_system.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { readCleanupRecord } from '../../state/cleanup_record.js';
import {
  hasCleanupRecord,
  hasHalfWrittenOnly,
  hasRecord,
  listIds,
  readRecord,
  type Store,
  type StoreReference,
} from '../../state/store.js';
import { containerDirectory } from '../../state/paths.js';
import { isSystemError, sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';

/**
 * What is left of a container whose creation ended before its process was ready, for instance by SIGKILL; null for anything else. The
 * creator of a container holds a lock on its directory, and the kernel releases the lock when that process ends.
 */
export function interruptedCreation(reference: StoreReference): RuntimeError | null {
  if (!isUnfinished(reference)) return null;
  const directory = tryLock(containerDirectory(reference));
  if (directory < 0) return null;
  try {
    // It may have been finished before we got the lock.
    return isUnfinished(reference) && isOurs({ ...reference, directory }) ? interrupted(reference) : null;
  } finally {
    sys().close({ fd: directory });
  }
}

/** Whether there is no record of its process. One that is damaged is not finished or unfinished, but damaged. */
function isUnfinished(reference: StoreReference): boolean {
  if (!hasRecord(reference)) return hasCleanupRecord(reference) || hasHalfWrittenOnly(reference);
  try {
    return readRecord(reference).pid === 0;
  } catch (error) {
    if (error instanceof RuntimeError) return false;
    throw error;
  }
}

/**
 * A state root that was named by mistake may contain directories with a file of the cleanup record's name. Only a creation of this id has
 * written this claim; a warm slot's cgroup has an inode instead.
 */
function isOurs(store: Store): boolean {
  if (hasRecord(store)) return true;
  const cleanup = readCleanupRecord(store);
  if (cleanup === null) return hasHalfWrittenOnly(store);
  return cleanup.claim === undefined ? cleanup.cgroupInode !== undefined : cleanup.claim.endsWith(` ${store.id}`);
}

/** -1 while another process holds it, and also if there is no longer a directory of ours. */
export function tryLock(path: string): Fd {
  try {
    return sys().lockDirectory({ path });
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'EPERM', 'EACCES')) return -1;
    throw fromSystem(error, { code: 'setup', phase: 'state', operation: 'lock state', path });
  }
}

/** The ids of all interrupted creations below a state root. */
export function interruptedIds(root: string): readonly string[] {
  return listIds(root).filter((id) => interruptedCreation({ root, id }) !== null);
}

function interrupted(reference: StoreReference): RuntimeError {
  const { id } = reference;
  return new RuntimeError(`container "${id}": its creation was interrupted, and left processes, a cgroup or files`, {
    code: 'state-damaged',
    phase: 'state',
    operation: 'read state',
    path: containerDirectory(reference),
    hint: `tsrun delete --force ${id} removes what is left, and tsrun prune (in a program: runtime.prune()) what is left of all interrupted creations`,
  });
}
