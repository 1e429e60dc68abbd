import { containerDoesNotExist } from '../errors/catalogue.js';
import { fromSystem } from '../errors/from_system.js';
import { door, isSystemError } from '../native/call.js';
import type { Fd } from '../native/contract.js';
import { checkContainerId } from './id.js';
import { containerDirectory } from './paths.js';

/** Milliseconds. */
const longestPause = 16;

/**
 * Runs `work` while no other tsrun starts, deletes, pauses or updates the same container. The lock is flock(2) on its directory: it needs no file of its own,
 * and ends with the process that holds it, however that ends.
 */
export async function withLock<T>(reference: { readonly root: string; readonly id: string }, work: () => T | PromiseLike<T>): Promise<T> {
  const fd = await takeLock(reference);
  try {
    return await work();
  } finally {
    door().close({ fd });
  }
}

/**
 * Asks again and again instead of waiting in flock(2): in a program that uses the library the holder may be this very process, which could then never
 * finish its work. The holders' work takes milliseconds. While we wait the container may be deleted, and another one made under its id.
 */
async function takeLock(reference: { readonly root: string; readonly id: string }): Promise<Fd> {
  checkContainerId(reference.id);
  const path = containerDirectory(reference);
  for (let pause = 1; ; pause = Math.min(pause * 2, longestPause)) {
    const fd = tryLock(path, reference.id);
    if (fd >= 0) return fd;
    await door().whenReadable({ fds: [], timeout: pause });
  }
}

/** -1 while another holds it. */
function tryLock(path: string, id: string): Fd {
  try {
    return door().lockDirectory({ path });
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG')) throw containerDoesNotExist(id);
    throw fromSystem(error, { code: 'setup', phase: 'state', operation: 'lock state', path });
  }
}
