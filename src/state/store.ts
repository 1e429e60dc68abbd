import { containerAlreadyExists, containerDoesNotExist } from '../errors/catalogue.js';
import { fromSystem } from '../errors/from_system.js';
import { RuntimeError } from '../errors/runtime-error.js';
import { door, isSystemError } from '../native/call.js';
import { parseRecord } from './parse_record.js';
import { containerDirectory, recordFile } from './paths.js';
import type { Spec } from '../spec/types.js';
import type { ContainerRecord } from './record.js';
import { checkContainerId, isContainerId } from './id.js';
import { makeRoot } from './root.js';
import { recallWritten, rememberWritten } from './written.js';

export { withLock } from './lock.js';

/** Which container of which state root. */
export interface StoreReference {
  /** The state root, an absolute directory. */
  readonly root: string;
  readonly id: string;
}

/** A state.json is small, but for the config that it holds: the limit is that of config.json and room for the rest. */
const recordLimit = 32 << 20;

/**
 * Takes an id: makes the container's directory. mkdir(2) is the lock: of any number of creates at once exactly one gets it, the others `id-in-use`.
 */
export function createStore(reference: StoreReference): void {
  const path = containerDirectory(reference);
  try {
    door().makeDirectory({ path, mode: 0o700 });
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) throw containerAlreadyExists(reference.id);
    if (!isSystemError(error, 'ENOENT')) throw cannotMake(path, error);
    // The first container of this root.
    makeRoot(reference.root);
    return createBelowRoot(reference, path);
  }
}

function createBelowRoot(reference: StoreReference, path: string): void {
  try {
    door().makeDirectory({ path, mode: 0o700 });
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) throw containerAlreadyExists(reference.id);
    throw cannotMake(path, error);
  }
}

/**
 * Replaces state.json as a whole, so that a reader sees the old or the new one. Not synced to the disk: after a power loss the container itself is gone,
 * and a root on tmpfs, as the default is, with it.
 */
export function writeRecord({ root, record }: { readonly root: string; readonly record: ContainerRecord }): void {
  const path = recordPath({ root, id: record.id });
  const text = recordText(record);
  try {
    door().replaceFile({ path, text, mode: 0o600, sync: false });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'state', operation: 'write state', path });
  }
  rememberWritten(text, record);
}

const specTexts = new WeakMap<Spec, string>();

/** `spec` comes last, and is most of it: that of further containers of one configuration is put into text once. */
function recordText({ spec, ...rest }: ContainerRecord): string {
  let text = specTexts.get(spec);
  if (text === undefined) specTexts.set(spec, (text = JSON.stringify(spec)));
  return `${JSON.stringify(rest).slice(0, -1)},"spec":${text}}`;
}

/**
 * The record of a container.
 * @throws RuntimeError `not-found` for an id that nobody has taken, `state-damaged` where state.json is missing, cut off or no record of ours.
 */
export function readRecord(reference: StoreReference): ContainerRecord {
  // An id that cannot be is a path somewhere else.
  checkContainerId(reference.id);
  const path = recordPath(reference);
  let text: string;
  try {
    text = door().readText({ path, limit: recordLimit });
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG')) throw absent(reference, path);
    if (isSystemError(error, 'EILSEQ', 'EFBIG', 'EISDIR')) throw damaged(reference, path, error.code);
    throw fromSystem(error, { code: 'setup', phase: 'state', operation: 'read state', path });
  }
  const record = recallWritten(text) ?? parseRecord(text);
  if (typeof record === 'string') throw damaged(reference, path, record);
  if (record.id !== reference.id) throw damaged(reference, path, `it belongs to container "${record.id}"`);
  return record;
}

/** Removes the container's directory; an absent one is no error. */
export function removeStore(reference: StoreReference): void {
  const path = containerDirectory(reference);
  try {
    door().removeTree({ path });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'delete', operation: 'remove state', path });
  }
}

/** The ids below a state root that have a record, sorted; none where the root does not exist. One that is being created has none yet. */
export function listIds(root: string): readonly string[] {
  let names: readonly string[];
  try {
    names = door().listDirectory({ path: root });
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return [];
    throw fromSystem(error, { code: 'setup', phase: 'state', operation: 'list state', path: root });
  }
  return names.filter((id) => isContainerId(id) && door().access({ path: recordPath({ root, id }), mode: 0 })).sort();
}

function recordPath(reference: StoreReference): string {
  return `${containerDirectory(reference)}/${recordFile}`;
}

/** No state.json: nobody took the id, or a create was killed before it wrote one. runc says the same of both. */
function absent(reference: StoreReference, path: string): RuntimeError {
  if (!door().access({ path: containerDirectory(reference), mode: 0 })) return containerDoesNotExist(reference.id);
  const { message } = containerDoesNotExist(reference.id);
  return new RuntimeError(message, {
    code: 'state-damaged',
    phase: 'state',
    operation: 'read state',
    path,
    errno: 'ENOENT',
    hint: `its creation goes on or was interrupted; tsrun delete --force ${reference.id} removes what is left`,
  });
}

function damaged(reference: StoreReference, path: string, reason: string): RuntimeError {
  return new RuntimeError(`read state "${path}": damaged: ${reason}`, {
    code: 'state-damaged',
    phase: 'state',
    operation: 'read state',
    path,
    hint: `tsrun delete --force ${reference.id} removes the container and what is left of it`,
  });
}

function cannotMake(path: string, error: unknown): RuntimeError {
  const permission = isSystemError(error, 'EACCES', 'EPERM');
  return fromSystem(error, {
    code: permission ? 'permission' : 'setup',
    phase: 'state',
    operation: 'make state directory',
    path,
    ...(permission ? { hint: 'run tsrun as root, or choose a directory of your own with --root' } : {}),
  });
}
