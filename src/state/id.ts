import { emptyContainerId, invalidContainerId } from '../errors/catalogue.js';

/**
 * Throws unless `id` may name a container: the characters that runc takes, neither `.` nor `..`, at most 1024. It becomes a file name, so a longer one than the
 * file system takes fails there.
 */
export function checkContainerId(id: string): void {
  // A program that was not compiled against our types may well pass nothing, which as text would be a fine name: "undefined".
  if (typeof id !== 'string' || id === '') throw emptyContainerId();
  if (!isContainerId(id)) throw invalidContainerId(id);
}

/** Whether a name in the state root may be a container's. */
export function isContainerId(name: string): boolean {
  return /^[\w+.-]{1,1024}$/.test(name) && name !== '.' && name !== '..';
}
