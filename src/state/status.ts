import { isFrozen } from '../cgroup/freeze.js';
import { isAlive, type HeldProcess } from '../host/process.js';
import { door } from '../native/call.js';
import { containerDirectory } from './paths.js';
import type { ContainerRecord } from './record.js';
import { socketFile } from './socket_path.js';

/** The states of the specification (runtime.md, "State"), and runc's `paused`. */
export type Status = 'creating' | 'created' | 'running' | 'paused' | 'stopped';

export interface StatusOf {
  readonly root: string;
  readonly record: ContainerRecord;
  /** The container's init, where this program holds it. */
  readonly init?: HeldProcess | undefined;
}

/** The state of a container as it is now. */
export function statusOf({ root, record, init }: StatusOf): Status {
  return deriveStatus({
    born: record.pid > 0,
    alive: () => isAlive(record, init),
    frozen: () => record.cgroup !== null && isFrozen({ directory: record.cgroup }),
    awaitsStart: () => door().access({ path: `${containerDirectory({ root, id: record.id })}/${socketFile}`, mode: 0 }),
  });
}

/** What is looked at, each only when it decides. */
export interface Observed {
  /** Whether a process was recorded. */
  readonly born: boolean;
  readonly alive: () => boolean;
  readonly frozen: () => boolean;
  /** Whether the socket on which init waits for `start` is there. */
  readonly awaitsStart: () => boolean;
}

export function deriveStatus(observed: Observed): Status {
  if (!observed.born) return 'creating';
  if (!observed.alive()) return 'stopped';
  if (observed.frozen()) return 'paused';
  return observed.awaitsStart() ? 'created' : 'running';
}
