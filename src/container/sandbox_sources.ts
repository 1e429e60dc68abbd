import { door } from '../native/call.js';
import type { Operation } from '../plan/operations.js';
import { sourcesOf } from '../plan/ahead.js';

/** Paths of the host, and which file was there. */
export type Identities = readonly { readonly path: string; readonly device: number; readonly inode: number }[];

/** What operations take from the host. A path that does not exist is left to them to complain about. */
export function identify(operations: readonly Operation[]): Identities {
  return sourcesOf(operations).flatMap((path) => {
    const status = door().status({ path, follow: true });
    return status === null ? [] : [{ path, device: status.device, inode: status.inode }];
  });
}

/** Whether the same files are still there: something else may have been mounted or moved to their paths. */
export function areUnchanged(sources: Identities): boolean {
  return sources.every(({ path, device, inode }) => {
    const status = door().status({ path, follow: true });
    return status !== null && status.device === device && status.inode === inode;
  });
}
