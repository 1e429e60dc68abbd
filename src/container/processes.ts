import { cgroupProcesses } from '../cgroup/processes.js';
import { containerNotRunning } from '../errors/catalogue.js';
import { statusOf } from '../state/status.js';
import { readRecord } from '../state/store.js';
import type { ContainerReference } from './options.js';

/** The host process ids of all processes of a container's cgroup and those below it. */
export function processesOf(reference: ContainerReference): readonly number[] {
  const record = readRecord(reference);
  if (record.cgroup === null) {
    if (statusOf({ root: reference.root, record }) === 'stopped') throw containerNotRunning();
    return [record.pid];
  }
  return cgroupProcesses({ directory: record.cgroup });
}
