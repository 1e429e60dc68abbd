import { cannotDelete } from '../../errors/catalogue.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { isAlive } from '../../host/process.js';
import { sys, isSystemError } from '../../sys/call.js';
import type { ContainerRecord } from '../../state/record.js';
import { readCleanupRecord } from '../../state/cleanup_record.js';
import { withLock } from '../../state/lock.js';
import { readRecord, removeStore, type Store } from '../../state/store.js';
import { statusOf } from '../state/status.js';
import { destroyContainer, removeMarkedCgroup } from './destroy.js';
import { endRestore, removeUnpackedLayer } from './interrupted_restore.js';
import type { DeleteOptions } from '../options.js';
import { leaveResctrl } from '../resctrl.js';

const SIGKILL = 9;
/** How many milliseconds a killed init may take to end, as in runc. */
const timeoutMs = 10_000;

/**
 * Removes a stopped container, a created one after killing it, and with `force` any container (runtime.md, "Delete"). Returns the failures
 * of poststop hooks, which do not make the removal fail.
 */
export async function deleteContainer(options: DeleteOptions): Promise<readonly unknown[]> {
  const force = options.force === true;
  try {
    const attempt = (loaded: boolean): ReturnType<typeof remove> =>
      withLock(options, (store) => remove(store, options, loaded), { waitsForCreation: force });
    const done = await attempt(false);
    if (done !== null) return done;
    // Not under the lock: the executable may have to start its whole program for it, which takes the lock again.
    await (await import('../systemd/index.js')).loadSystemd();
    return (await attempt(true)) ?? [];
  } catch (error) {
    if (force && error instanceof RuntimeError && error.code === 'not-found') return [];
    throw error;
  }
}

/** Null, and nothing is done, if the container has a unit of systemd, and what stops it is not loaded. */
async function remove(
  store: Store,
  { force = false, hookTimeout }: Pick<DeleteOptions, 'force' | 'hookTimeout'>,
  loaded: boolean,
): Promise<readonly unknown[] | null> {
  const record = recordOrDamage(store);
  if (record instanceof RuntimeError) {
    if (!force) throw record;
    if (!loaded && readCleanupRecord(store)?.systemdUnit !== undefined) return null;
    await removeDamaged(store);
    return [];
  }
  const status = statusOf({ ...store, record });
  const mayGo = status === 'stopped' || status === 'created' || force;
  if (!mayGo) throw cannotDelete({ id: store.id, status });
  if (!loaded && record.systemdUnit !== undefined) return null;
  // Before its init, which ends only when CRIU, their tracer, has reaped its other processes (ptrace(2), pid_namespaces(7)).
  const restore = await endRestore(store, record.bootId);
  if (status !== 'stopped') await killAndWait(record);
  return destroyContainer({ store, record, hookTimeout, restore });
}

function recordOrDamage(store: Store): ContainerRecord | RuntimeError {
  try {
    return readRecord(store);
  } catch (error) {
    if (error instanceof RuntimeError && error.code === 'state-damaged') return error;
    throw error;
  }
}

/** Deletes a container whose state.json is missing or unreadable. The cleanup record says which processes and cgroup it has. */
async function removeDamaged(store: Store): Promise<void> {
  const restore = await endRestore(store, readCleanupRecord(store)?.bootId);
  await removeMarkedCgroup(store);
  if (restore !== null) removeUnpackedLayer(restore.layer);
  leaveResctrl(store);
  removeStore(store);
}

async function killAndWait(record: ContainerRecord): Promise<void> {
  if (record.pid === 0) return;
  let pidfd = -1;
  try {
    pidfd = sys().openProcess({ pid: record.pid });
    // Another process may have got the pid between reading its start time and opening it.
    if (!isAlive(record)) return;
    sys().signalProcess({ pidfd, signal: SIGKILL });
    const ended = await sys().whenReadable({ fds: [pidfd], timeout: timeoutMs });
    if (ended < 0) {
      throw new RuntimeError(
        `delete container "${record.id}": its init process (pid ${record.pid}) did not end within ${timeoutMs / 1000} s of SIGKILL`,
        {
          code: 'setup',
          phase: 'delete',
          operation: 'kill',
          path: String(record.pid),
          hint: 'it may be stuck in an uninterruptible system call: see /proc/PID/stack',
        },
      );
    }
  } catch (error) {
    if (!isSystemError(error, 'ESRCH')) throw error;
  } finally {
    if (pidfd >= 0) sys().close({ fd: pidfd });
  }
}
