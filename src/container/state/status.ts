import { isFrozen } from '../../cgroup/processes/freeze.js';
import { isAlive, type HeldProcess } from '../../host/process.js';
import { sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import { withDirectory, type Store, type StoreReference } from '../../state/paths.js';
import type { ContainerRecord } from '../../state/record.js';
import { socketFile, takenSocketFile, withSocketPath } from '../../state/socket_path.js';

/** The states of the specification (runtime.md, "State"), and runc's `paused`. */
export type Status = 'creating' | 'created' | 'running' | 'paused' | 'stopped';

export interface StatusOf {
  readonly root: string;
  readonly record: ContainerRecord;
  /** The container's init, if this program holds it. */
  readonly init?: HeldProcess | undefined;
  /** The container's directory, if it is open. */
  readonly directory?: Fd;
  /** Whether its init waits for `start`; determined here if absent. */
  readonly awaitsStart?: () => boolean;
}

/** Returns the current status of a container. */
export function statusOf({ root, record, init, directory, awaitsStart }: StatusOf): Status {
  return deriveStatus({
    born: record.pid > 0,
    alive: () => isAlive(record, init),
    frozen: () => record.cgroup !== null && isFrozen({ directory: record.cgroup, inode: record.cgroupInode }),
    awaitsStart: awaitsStart ?? (() => initListens({ root, id: record.id, ...(directory === undefined ? {} : { directory }) })),
  });
}

/**
 * A `start` renames the socket before it tells init to continue, so the first name is enough. The second one may outlive the wait, because
 * `start` was killed. Init closes the socket when it continues.
 */
function initListens(reference: StoreReference | Store): boolean {
  const exists = (file: string): boolean =>
    withDirectory(reference, (directory) => sys().access({ path: `${directory}/${file}`, mode: 0 }));
  return (
    exists(socketFile) || (exists(takenSocketFile) && withSocketPath(reference, takenSocketFile, (path) => sys().isListening({ path })))
  );
}

/** What the status depends on; each is evaluated only when it decides. */
export interface Observed {
  /** Whether a process was recorded. */
  readonly born: boolean;
  readonly alive: () => boolean;
  readonly frozen: () => boolean;
  /** Whether init listens on the socket on which it waits for `start`. */
  readonly awaitsStart: () => boolean;
}

export function deriveStatus(observed: Observed): Status {
  if (!observed.born) return 'creating';
  if (!observed.alive()) return 'stopped';
  if (observed.frozen()) return 'paused';
  return observed.awaitsStart() ? 'created' : 'running';
}
