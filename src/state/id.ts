import { emptyContainerId, invalidContainerId } from '../errors/catalogue.js';

/**
 * Throws unless `id` may name a container: the characters that runc accepts, neither `.` nor `..`, at most 1024. The id becomes a file
 * name, so one that is too long for the file system fails there.
 */
export function checkContainerId(id: string): void {
  // A program that was not compiled against our types may pass undefined, which as text would be a valid name.
  if (typeof id !== 'string' || id === '') throw emptyContainerId();
  if (!isContainerId(id)) throw invalidContainerId(id);
}

/** Whether a name in the state root may be a container's. */
export function isContainerId(name: string): boolean {
  return /^[\w+.-]{1,1024}$/.test(name) && name !== '.' && name !== '..';
}
