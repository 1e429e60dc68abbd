import { freezeCgroup, thawCgroup } from '../cgroup/freeze.js';
import { containerNotPaused, containerNotRunning } from '../errors/catalogue.js';
import { RuntimeError } from '../errors/runtime-error.js';
import { statusOf } from '../state/status.js';
import { readRecord, withLock } from '../state/store.js';
import type { ContainerReference } from './options.js';

/** Freezes every process of a created or running container. */
export async function pauseContainer(reference: ContainerReference): Promise<void> {
  await withLock(reference, async () => {
    const record = readRecord(reference);
    const status = statusOf({ root: reference.root, record });
    if (status !== 'running' && status !== 'created') throw containerNotRunning();
    await freezeCgroup({ directory: needCgroup(record.cgroup) });
  });
}

/** Thaws a paused container. */
export async function resumeContainer(reference: ContainerReference): Promise<void> {
  await withLock(reference, async () => {
    const record = readRecord(reference);
    if (statusOf({ root: reference.root, record }) !== 'paused') {
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
