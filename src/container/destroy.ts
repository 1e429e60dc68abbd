import { removeCgroup } from '../cgroup/remove.js';
import { isOfThisBoot } from '../host/boot.js';
import { door } from '../native/call.js';
import type { Fd } from '../native/contract.js';
import type { ContainerRecord } from '../state/record.js';
import { closeStore, removeStore, type Store } from '../state/store.js';
import { runHooks } from './hooks.js';
import { leaveResctrl } from './resctrl.js';
import { hookState } from './state_document.js';

export interface Destroy {
  /** Locked. */
  readonly store: Store;
  readonly record: ContainerRecord;
}

/**
 * Removes what is left of a container whose init is gone: other processes of its cgroup, the cgroup, its directory; then the poststop hooks run.
 * Their failure is no failure of the removal (runtime.md, "Lifecycle" 13: log a warning and go on), so it is answered, not thrown.
 */
export async function destroyContainer({ store, record }: Destroy): Promise<readonly unknown[]> {
  if (record.cgroup !== null && isOfThisBoot(record)) {
    await removeCgroup({ directory: record.cgroup, parents: record.cgroupParents });
  }
  if (record.spec.linux?.intelRdt !== undefined) leaveResctrl(store);
  const warnings: unknown[] = [];
  for (const hook of record.spec.hooks?.poststop ?? []) {
    try {
      await runHooks({ kind: 'poststop', hooks: [hook], state: hookState({ record, status: 'stopped', pid: 0 }) });
    } catch (error) {
      warnings.push(error);
    }
  }
  removeStore(store);
  return warnings;
}

/** As {@link destroyContainer}, for a container whose init is our child and lives. Nothing of it is open afterwards. */
export async function destroyBorn(o: Destroy & { readonly pidfd: Fd }): Promise<void> {
  door().signalProcess({ pidfd: o.pidfd, signal: 9 });
  await door().whenReadable({ fds: [o.pidfd], timeout: -1 });
  door().reap({ pidfd: o.pidfd });
  door().close({ fd: o.pidfd });
  await destroyContainer(o);
  closeStore(o.store);
}
