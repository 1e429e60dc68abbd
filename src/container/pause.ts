import { freezeCgroup, thawCgroup } from '../cgroup/processes/freeze.js';
import { withCgroup, type HeldCgroup } from '../cgroup/identity.js';
import { containerNotPaused, containerNotRunning } from '../errors/catalogue.js';
import { RuntimeError } from '../errors/runtime_error.js';
import { statusOf } from './state/status.js';
import { hasCheckpointRecord } from '../state/criu/checkpoint_record.js';
import { checkContainerId } from '../state/id.js';
import { withLock } from '../state/lock.js';
import type { ContainerRecord } from '../state/record.js';
import { cgroupOf } from './cgroup_of.js';
import { unlessLost } from './lost.js';
import type { ContainerReference } from './options.js';

/** Freezes every process of a created or running container. */
export async function pauseContainer(reference: ContainerReference): Promise<void> {
  await withLock(reference, (store) =>
    unlessLost({ container: store, stopped: containerNotRunning }, async (record) => {
      const status = statusOf({ ...store, record });
      if (status !== 'running' && status !== 'created') throw containerNotRunning();
      await inCgroup(record, freezeCgroup);
    }),
  );
}

/** Thaws a paused container, or one whose checkpoint was interrupted, of which nothing is left then. */
export async function resumeContainer(reference: ContainerReference): Promise<void> {
  checkContainerId(reference.id);
  // Not under the lock: the executable may have to start its whole program for it, which takes the lock.
  const interrupted = hasCheckpointRecord(reference) ? await import('./checkpoint/interrupted_dump.js') : null;
  await withLock(reference, (store) =>
    unlessLost({ container: store, stopped: containerNotRunning }, async (record) => {
      const undone = interrupted !== null && (await interrupted.undoInterruptedDump({ store, record }));
      if (statusOf({ ...store, record }) !== 'paused') {
        if (undone) return;
        throw containerNotPaused(reference.id);
      }
      await inCgroup(record, thawCgroup);
    }),
  );
}

async function inCgroup(record: ContainerRecord, work: (held: HeldCgroup) => Promise<void>): Promise<void> {
  const cgroup = cgroupOf(record);
  if (cgroup === null)
    throw cannot('it has no cgroup', 'it was created where there is no cgroup v2 hierarchy, or none that the caller may write to');
  const done = await withCgroup(cgroup, async (held) => {
    await work(held);
    return true;
  });
  if (done !== true)
    throw cannot(
      `its cgroup "${cgroup.directory}" is gone`,
      'something else removed it: the container runs in another cgroup, see /proc/PID/cgroup',
    );
}

function cannot(reason: string, hint: string): RuntimeError {
  return new RuntimeError(`pause container: ${reason}`, { code: 'unsupported', phase: 'cgroup', operation: 'freeze', hint });
}
