import { containerDoesNotExist, containerIsBeingCreated } from '../errors/catalogue.js';
import { RuntimeError } from '../errors/runtime_error.js';
import { sys, isSystemError } from '../sys/call.js';
import type { Fd } from '../sys/contract.js';
import { checkContainerId } from './id.js';
import { lockHolder } from './lock_holder.js';
import { containerDirectory, type Store, type StoreReference } from './paths.js';
import { closeStore, isWithoutRecord, noContainerDirectory, readRecord } from './store.js';

/** Milliseconds. */
const longestPause = 16;

/** How many milliseconds to wait: longer than anybody works under the lock, except for hooks, which may hang. */
const timeoutMs = 30_000;

export interface LockOptions {
  /** Whether to wait for a container that is still being created, which takes as long as its hooks do. */
  readonly waitsForCreation?: boolean;
}

/**
 * Runs `work` while no other tsrun creates, starts, deletes, pauses or updates the same container. The lock is flock(2) on its directory:
 * it needs no separate file, and ends with the process that holds it.
 */
export async function withLock<T>(
  reference: StoreReference,
  work: (store: Store) => T | PromiseLike<T>,
  options: LockOptions = {},
): Promise<T> {
  checkContainerId(reference.id);
  const busy = options.waitsForCreation === true ? () => undefined : refuseCreating;
  const store = { ...reference, directory: await takeLock(reference, undefined, busy) };
  try {
    return await work(store);
  } finally {
    closeStore(store);
  }
}

/** Lets others work on a container whose directory stays open. */
export function unlockStore({ directory }: Store): void {
  sys().unlockDirectory({ fd: directory });
}

/** Locks it again. Returns false if the container was deleted meanwhile, even if another one has its id. */
export async function relockStore(store: Store): Promise<boolean> {
  try {
    await takeLock(store, store.directory, () => undefined);
    return true;
  } catch (error) {
    if (error instanceof RuntimeError && error.code === 'not-found') return false;
    throw error;
  }
}

/**
 * If a container has no process yet, the holder of its lock is creating it. If it has no record, the holder creates it, which may take
 * long, or deletes it, which takes milliseconds: then one of the next looks finds no directory.
 */
function refuseCreating(reference: StoreReference, pause: number): void {
  try {
    if (readRecord(reference).pid === 0) throw containerIsBeingCreated(reference.id);
  } catch (error) {
    if (!isWithoutRecord(error) || pause === longestPause) throw error;
  }
}

/**
 * Retries instead of waiting in flock(2): in a program that uses the library, this very process may hold the lock and could then never
 * finish its work. Holders work for milliseconds. While we wait, the container may be deleted and another one created with its id.
 */
async function takeLock(reference: StoreReference, held: Fd | undefined, busy: typeof refuseCreating): Promise<Fd> {
  const path = containerDirectory(reference);
  let end = 0;
  for (let pause = 1; ; pause = Math.min(pause * 2, longestPause)) {
    const fd = tryLock(path, reference.id, held);
    if (fd >= 0) return fd;
    busy(reference, pause);
    const now = sys().clock().monotonic / 1e6;
    end ||= now + timeoutMs;
    if (now >= end) throw stillLocked(path);
    await sys().whenReadable({ fds: [], timeout: pause });
  }
}

/** -1 while another process holds it. */
function tryLock(path: string, id: string, held: Fd | undefined): Fd {
  try {
    return sys().lockDirectory({ path, ...(held === undefined ? {} : { fd: held }) });
  } catch (error) {
    if (held !== undefined && isSystemError(error, 'ENOENT')) throw containerDoesNotExist(id);
    throw noContainerDirectory(error, { id, path, operation: 'lock state' });
  }
}

function stillLocked(path: string): RuntimeError {
  const holder = lockHolder(path);
  return new RuntimeError(`lock state "${path}": another tsrun has been at work on this container for ${timeoutMs / 1000} s`, {
    code: 'wrong-state',
    phase: 'state',
    operation: 'lock state',
    path,
    errno: 'EAGAIN',
    hint: holder === null ? 'see /proc/locks' : `process ${holder} holds the lock; it may wait for a hook`,
  });
}
