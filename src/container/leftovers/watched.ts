import { isSystemError, sys } from '../../sys/call.js';
import { containerDirectory, isHalfWritten } from '../../state/paths.js';
import { hasCleanupRecord, hasRecord, readRecord } from '../../state/store.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { deleteContainer } from '../delete/index.js';
import type { ContainerReference } from '../options.js';
import { findContainer } from '../state/find.js';
import { interruptedCreation, tryLock } from './interrupted.js';

/** A container of a program that asked for its removal when it ends. */
export interface WatchedContainer extends Pick<ContainerReference, 'root' | 'id'> {
  /** `exitWatch` of its record. */
  readonly token: string;
}

/**
 * Removes a container whose program has ended, or what is left of its creation. Leaves alone a container of somebody else that has its id.
 * @returns false if somebody works on it: it must be tried again
 */
export async function removeWatched({ root, id, token }: WatchedContainer): Promise<boolean> {
  const reference: ContainerReference = { root, id };
  if (hasRecord(reference)) {
    const found = ownContainer(reference, token);
    if (found === null) return true;
    if (found.init !== undefined) {
      await deleteContainer({ ...found, force: true });
      return true;
    }
  }
  if (hasRecord(reference) || hasCleanupRecord(reference)) {
    // Its creator, which may be another program, still works on it.
    if (interruptedCreation(reference) === null) return !sys().access({ path: containerDirectory(reference), mode: 0 });
    await deleteContainer({ ...reference, force: true });
    return true;
  }
  return removeEmpty(containerDirectory(reference));
}

/** Null if it is not ours, or cannot be read: `list` names it then. Without `init` if it is, or was, being created. */
function ownContainer(reference: ContainerReference, token: string): ContainerReference | null {
  try {
    return readRecord(reference).exitWatch === token ? findContainer(reference) : null;
  } catch (error) {
    if (error instanceof RuntimeError && (error.code === 'not-found' || error.code === 'state-damaged')) return null;
    throw error;
  }
}

/** A creation that ended before it had written its first file leaves a directory that says nothing of whose it is, or only half of it. */
function removeEmpty(path: string): boolean {
  const fd = tryLock(path);
  if (fd < 0) return !sys().access({ path, mode: 0 });
  try {
    if (sys().listDirectory({ path }).every(isHalfWritten)) sys().removeTree({ path, fd });
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error;
  } finally {
    sys().close({ fd });
  }
  return true;
}
