import { freezeCgroup, thawCgroup } from '../cgroup/freeze.js';
import { containerNotPaused, containerNotRunning } from '../errors/catalogue.js';
import { RuntimeError } from '../errors/runtime-error.js';
import { statusOf } from '../state/status.js';
import { withLock } from '../state/lock.js';
import { readRecord } from '../state/store.js';
import type { ContainerReference } from './options.js';

/** Freezes every process of a created or running container. */
export async function pauseContainer(reference: ContainerReference): Promise<void> {
  await withLock(reference, async (store) => {
    const record = readRecord(store);
    const status = statusOf({ ...store, record });
    if (status !== 'running' && status !== 'created') throw containerNotRunning();
    await freezeCgroup({ directory: needCgroup(record.cgroup) });
  });
}

/** Thaws a paused container. */
export async function resumeContainer(reference: ContainerReference): Promise<void> {
  await withLock(reference, async (store) => {
    const record = readRecord(store);
    if (statusOf({ ...store, record }) !== 'paused') {
      throw containerNotPaused(reference.id);
    }
    await thawCgroup({ directory: needCgroup(record.cgroup) });
  });
}

function needCgroup(cgroup: string | null): string {
  if (cgroup !== null) return cgroup;
  throw new RuntimeError('pause container: it has no cgroup', {
    code: 'unsupported',
    phase: 'cgroup',
    operation: 'freeze',
    hint: 'mount the cgroup v2 hierarchy before the container is created',
  });
}
