import { containerAlreadyExists, containerDoesNotExist } from '../errors/catalogue.js';
import { fromSystem } from '../errors/from_system.js';
import { RuntimeError } from '../errors/runtime_error.js';
import { sys, isSystemError } from '../sys/call.js';
import type { Fd } from '../sys/contract.js';
import { foreignFile } from './foreign_file.js';
import { parseRecord } from './parse_record.js';
import { cleanupRecordFile, containerDirectory, isHalfWritten, recordFile, type Store, type StoreReference } from './paths.js';
import type { ContainerRecord } from './record.js';
import { checkContainerId, isContainerId } from './id.js';
import { makeRoot } from './root/make.js';
import { WrittenRecords } from './written.js';

export type { Store, StoreReference } from './paths.js';

/** A state.json is small except for the config in it: the limit is that of config.json plus room for the rest. */
const recordLimit = 32 << 20;

/**
 * Reserves an id: creates the container's directory and locks it. mkdir(2) decides: of any number of simultaneous creates exactly one gets
 * it, and the others fail with `id-in-use`.
 */
export function takeStore(reference: StoreReference): Store {
  const path = containerDirectory(reference);
  let directory: Fd;
  try {
    directory = sys().takeDirectory({ path, mode: 0o700 });
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) throw containerAlreadyExists(reference.id);
    if (!isSystemError(error, 'ENOENT')) throw cannotMake(path, error);
    // The first container of this root.
    makeRoot(reference.root);
    directory = takeBelowRoot(reference, path);
  }
  return { root: reference.root, id: reference.id, directory, records: reference.records ?? new WrittenRecords() };
}

function takeBelowRoot(reference: StoreReference, path: string): Fd {
  try {
    return sys().takeDirectory({ path, mode: 0o700 });
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) throw containerAlreadyExists(reference.id);
    throw cannotMake(path, error);
  }
}

/** Opens the directory of a container, which must be ours: others who may write to it could make us kill, enter and remove anything. */
export function openStore(reference: StoreReference): Store {
  // An invalid id is a path to somewhere else.
  checkContainerId(reference.id);
  const path = containerDirectory(reference);
  try {
    return { ...reference, directory: sys().openOwnDirectory({ path }) };
  } catch (error) {
    throw noContainerDirectory(error, { id: reference.id, path, operation: 'open state' });
  }
}

export function closeStore({ directory }: Store): void {
  sys().close({ fd: directory });
}

/** Says why there is no container's directory at this path. */
export function noContainerDirectory(
  error: unknown,
  { id, path, operation }: { readonly id: string; readonly path: string; readonly operation: string },
): RuntimeError {
  if (isSystemError(error, 'ENOENT', 'ENAMETOOLONG')) return containerDoesNotExist(id);
  if (isSystemError(error, 'ENOTDIR')) {
    // Of the root, or of whatever has the name.
    const kind = sys().status({ path, follow: false })?.kind;
    if (kind === undefined || kind === 'directory') return containerDoesNotExist(id);
    const { message } = containerDoesNotExist(id);
    return new RuntimeError(`${message}: "${path}" is a ${kind}`, {
      code: 'not-a-container',
      phase: 'state',
      operation,
      path,
      errno: 'ENOTDIR',
      hint: 'tsrun did not create it and leaves it alone: remove it by hand',
    });
  }
  return fromSystem(error, {
    code: isSystemError(error, 'EPERM', 'EACCES') ? 'permission' : 'setup',
    phase: 'state',
    operation,
    path,
    ...(isSystemError(error, 'EPERM')
      ? { hint: 'another user owns the directory, or may write to it: tsrun does not trust what it finds there' }
      : {}),
  });
}

/**
 * Replaces state.json as a whole, so that a reader sees the old or the new one. Not synced to the disk: after a power loss the container
 * itself is gone, and so is a root on tmpfs, the default.
 */
export function writeRecord({ store, record }: { readonly store: Store; readonly record: ContainerRecord }): void {
  const { records = new WrittenRecords() } = store;
  const text = records.textOf(record);
  try {
    sys().replaceFile({ path: recordFile, text, mode: 0o600, sync: false, directory: store.directory });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'state', operation: 'write state', path: recordPath(store) });
  }
  records.keep(text, record);
}

/**
 * Returns the record of a container.
 * @throws RuntimeError `not-found` if nobody has the id, or another container has it by now, `state-damaged` if state.json is missing,
 * truncated or not our record.
 */
export function readRecord(reference: StoreReference | Store): ContainerRecord {
  if ('directory' in reference) return readRecordIn(reference);
  const store = openStore(reference);
  try {
    return readRecordIn(store);
  } finally {
    closeStore(store);
  }
}

function readRecordIn(store: Store): ContainerRecord {
  const { id, init, directory } = store;
  const path = recordPath(store);
  let text: string;
  try {
    text = sys().readText({ path: recordFile, limit: recordLimit, directory });
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) throw absent(store, path);
    if (isSystemError(error, ...foreignFile)) throw damaged(store, path, error.code);
    throw fromSystem(error, { code: 'setup', phase: 'state', operation: 'read state', path });
  }
  const record = store.records?.find(text) ?? parseRecord(text);
  if (typeof record === 'string') throw damaged(store, path, record);
  if (record.id !== id) throw damaged(store, path, `it belongs to container "${record.id}"`);
  if (init !== undefined && (record.pid !== init.pid || record.startTime !== init.startTime)) throw containerDoesNotExist(id);
  return record;
}

/** Removes the container's directory, and its name if it still leads there. */
export function removeStore(store: Store): void {
  const path = containerDirectory(store);
  try {
    sys().removeTree({ path, fd: store.directory });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'delete', operation: 'remove state', path });
  }
}

/**
 * The names below a state root that may be ids of containers, sorted; empty if the root does not exist. Some may have no record: those of
 * containers that are being created, and whatever else somebody put there.
 */
export function listIds(root: string): readonly string[] {
  let names: readonly string[];
  try {
    names = sys().listDirectory({ path: root });
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return [];
    throw fromSystem(error, { code: 'setup', phase: 'state', operation: 'list state', path: root });
  }
  return names.filter(isContainerId).sort();
}

/** Whether a creation has written down what to clean up, whatever became of its record. */
export function hasCleanupRecord(reference: StoreReference): boolean {
  return sys().access({ path: `${containerDirectory(reference)}/${cleanupRecordFile}`, mode: 0 });
}

/**
 * Whether a creation was killed, or is, while it wrote its first file: the directory has nothing but that. An empty one says nothing of
 * whose it is.
 */
export function hasHalfWrittenOnly(reference: StoreReference): boolean {
  let names: readonly string[];
  try {
    names = sys().listDirectory({ path: containerDirectory(reference) });
  } catch (error) {
    // Somebody removed it, it is no directory, or another user's.
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'EPERM')) return false;
    throw fromSystem(error, { code: 'setup', phase: 'state', operation: 'list state', path: containerDirectory(reference) });
  }
  return names.length > 0 && names.every(isHalfWritten);
}

/** Whether something has the name of the container's record. */
export function hasRecord(reference: StoreReference): boolean {
  return sys().access({ path: recordPath(reference), mode: 0 });
}

function recordPath(reference: StoreReference): string {
  return `${containerDirectory(reference)}/${recordFile}`;
}

/**
 * There is no state.json: the container is being removed, or its create is in progress or was killed before writing one. runc reports the
 * same for all of them.
 */
function absent(reference: StoreReference, path: string): RuntimeError {
  if (!sys().access({ path: containerDirectory(reference), mode: 0 })) return containerDoesNotExist(reference.id);
  const { message } = containerDoesNotExist(reference.id);
  return new RuntimeError(message, {
    code: 'state-damaged',
    phase: 'state',
    operation: 'read state',
    path,
    errno: 'ENOENT',
    hint: `its creation is in progress or was interrupted; tsrun delete --force ${reference.id} (in a program: runtime.delete(id, { force: true })) removes what is left`,
  });
}

/** Whether {@link readRecord} failed because there is a directory but no state.json. */
export function isWithoutRecord(error: unknown): boolean {
  return error instanceof RuntimeError && error.code === 'state-damaged' && error.errno === 'ENOENT';
}

function damaged(reference: StoreReference, path: string, reason: string): RuntimeError {
  return new RuntimeError(`read state "${path}": damaged: ${reason}`, {
    code: 'state-damaged',
    phase: 'state',
    operation: 'read state',
    path,
    hint: `tsrun delete --force ${reference.id} (in a program: runtime.delete(id, { force: true })) removes the container and what is left of it`,
  });
}

function cannotMake(path: string, error: unknown): RuntimeError {
  const permission = isSystemError(error, 'EACCES', 'EPERM');
  return fromSystem(error, {
    code: permission ? 'permission' : 'setup',
    phase: 'state',
    operation: 'make state directory',
    path,
    ...(permission ? { hint: 'run tsrun as root, or choose your own directory with --root (in a program: root of Runtime)' } : {}),
  });
}
