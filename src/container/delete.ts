import { removeCgroup } from '../cgroup/remove.js';
import { cannotDelete } from '../errors/catalogue.js';
import { RuntimeError } from '../errors/runtime-error.js';
import { door, isSystemError } from '../native/call.js';
import type { ContainerRecord } from '../state/record.js';
import { readMark } from '../state/mark.js';
import { readRecord, removeStore, withLock } from '../state/store.js';
import { statusOf } from '../state/status.js';
import { destroyContainer } from './destroy.js';
import type { DeleteOptions } from './options.js';
import { leaveResctrl } from './resctrl.js';

const SIGKILL = 9;
/** How long a killed init may take to end, as in runc. Milliseconds. */
const patience = 10_000;

/**
 * Removes a stopped container, a created one after killing it, and with `force` any (runtime.md, "Delete").
 * Answers the failures of poststop hooks, which are no failures of the removal.
 */
export async function deleteContainer(options: DeleteOptions): Promise<readonly unknown[]> {
  try {
    return await withLock(options, () => remove(options));
  } catch (error) {
    if (options.force !== true || !(error instanceof RuntimeError)) throw error;
    if (error.code === 'not-found') return [];
    if (error.code === 'state-damaged') {
      await removeDamaged(options);
      return [];
    }
    throw error;
  }
}

async function remove(options: DeleteOptions): Promise<readonly unknown[]> {
  const record = readRecord(options);
  const status = statusOf({ root: options.root, record, init: options.init });
  const mayGo = status === 'stopped' || status === 'created' || options.force === true;
  if (!mayGo) throw cannotDelete({ id: options.id, status });
  if (status !== 'stopped') await killAndWait(record);
  return destroyContainer({ root: options.root, record });
}

/** A container whose state.json is missing or unreadable: its processes and its cgroup are found by the mark. */
async function removeDamaged(options: DeleteOptions): Promise<void> {
  const mark = readMark(options);
  if (mark !== null) {
    await removeCgroup({ directory: mark.cgroup, parents: mark.parents });
  }
  leaveResctrl(options);
  removeStore(options);
}

async function killAndWait(record: ContainerRecord): Promise<void> {
  if (record.pid === 0) return;
  let pidfd = -1;
  try {
    pidfd = door().openProcess({ pid: record.pid });
    door().signalProcess({ pidfd, signal: SIGKILL });
    const ended = await door().whenReadable({ fds: [pidfd], timeout: patience });
    if (ended < 0) {
      throw new RuntimeError(`delete container "${record.id}": its init process (pid ${record.pid}) did not end within ${patience / 1000} s of SIGKILL`, {
        code: 'setup',
        phase: 'delete',
        operation: 'kill',
        path: String(record.pid),
        hint: 'it may hang in an uninterruptible system call: look at /proc/PID/stack',
      });
    }
  } catch (error) {
    if (!isSystemError(error, 'ESRCH')) throw error;
  } finally {
    if (pidfd >= 0) door().close({ fd: pidfd });
  }
}
