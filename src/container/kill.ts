import { containerNotRunning } from '../errors/catalogue.js';
import { withCgroup, type CgroupIdentity } from '../cgroup/identity.js';
import { killCgroup } from '../cgroup/processes/kill.js';
import { signalCgroup } from '../cgroup/processes/signal.js';
import { sys, isSystemError } from '../sys/call.js';
import { makesNamespace } from '../spec/namespaces.js';
import type { ContainerRecord } from '../state/record.js';
import { readRecord } from '../state/store.js';
import { isAlive } from '../host/process.js';
import { cgroupOf } from './cgroup_of.js';
import type { KillOptions } from './options.js';

const SIGKILL = 9;

/**
 * Sends a signal to the container's init, by pidfd, so that it never hits a reused process id. If the container has no pid namespace of its
 * own, the end of its init ends nothing else, so, as with `all`, SIGKILL goes to every process in its cgroup (as in runc).
 */
export async function killContainer(options: KillOptions): Promise<void> {
  const record = readRecord(options);
  const everything = options.all === true || (options.signalNumber === SIGKILL && !makesNamespace(record.spec, 'pid'));
  const alive = isAlive(record, options.init);
  const cgroup = everything ? cgroupOf(record) : null;
  if (cgroup !== null && (await signalAll(cgroup, options.signalNumber))) return;
  // Its cgroup is gone, and with it every process that was in it.
  if (cgroup !== null && !alive) return;
  if (!alive) throw containerNotRunning();
  signalInit(record, options.signalNumber);
}

/** Signals the init of a container. If it ended in the meantime, the container is not running. */
export function signalInit(record: ContainerRecord, signal: number): void {
  let pidfd = -1;
  try {
    pidfd = sys().openProcess({ pid: record.pid });
    // Another process may have got the pid between reading its start time and opening it.
    if (!isAlive(record)) throw containerNotRunning();
    sys().signalProcess({ pidfd, signal });
  } catch (error) {
    if (isSystemError(error, 'ESRCH')) throw containerNotRunning();
    throw error;
  } finally {
    if (pidfd >= 0) sys().close({ fd: pidfd });
  }
}

/** Returns false if the cgroup is gone, or if another one took its place. */
async function signalAll(cgroup: CgroupIdentity, signal: number): Promise<boolean> {
  const done = await withCgroup(cgroup, (held) => {
    if (signal === SIGKILL) killCgroup(held);
    else signalCgroup({ held, signal });
    return true;
  });
  return done === true;
}
