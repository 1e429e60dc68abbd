import { removeCgroup } from '../cgroup/remove.js';
import { isOfThisBoot } from '../host/boot.js';
import { door } from '../native/call.js';
import type { Fd } from '../native/contract.js';
import { makesNamespace } from '../spec/namespaces.js';
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
    await removeCgroup({ cgroup: { directory: record.cgroup, inode: record.cgroupInode }, parents: record.cgroupParents, kill: holdsOthers(record), unproved: true });
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

/**
 * Whether processes of the container may live on without its init: where the end of init did not end a pid namespace (pid_namespaces(7)), or there never was one. runc kills them
 * on delete, too.
 */
function holdsOthers({ pid, spec }: ContainerRecord): boolean {
  return pid === 0 || !makesNamespace(spec, 'pid');
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
