import { removeCgroup } from '../../cgroup/remove.js';
import { everyStep } from '../../errors/clean_up.js';
import { undisturbed } from '../../errors/interruption.js';
import { asRuntimeError } from '../../errors/format.js';
import { isOfThisBoot } from '../../host/boot.js';
import { makesNamespace } from '../../spec/namespaces.js';
import { readCleanupRecord } from '../../state/cleanup_record.js';
import type { ContainerRecord } from '../../state/record.js';
import type { RestoreRecord } from '../../state/criu/restore_record.js';
import { closeStore, removeStore, type Store } from '../../state/store.js';
import type { Child } from '../../init/child.js';
import { runEveryHook } from '../hooks.js';
import { removeUnpackedLayer } from './interrupted_restore.js';
import { leaveResctrl } from '../resctrl.js';
import { hookState } from '../state/document.js';

export interface Destroy {
  /** Locked. */
  readonly store: Store;
  readonly record: ContainerRecord;
  /** For poststop hooks that have no timeout of their own, in seconds. */
  readonly hookTimeout?: number | undefined;
  /** What a restore had begun when its tsrun was killed; its CRIU has ended. */
  readonly restore?: RestoreRecord | null;
}

/**
 * Removes what is left of a container whose init is gone: other processes in its cgroup, the cgroup and its directory; then runs the
 * poststop hooks. Returns their failures instead of throwing them, because they do not make the removal fail (runtime.md, "Lifecycle" 13:
 * log a warning and continue).
 */
export async function destroyContainer({ store, record, hookTimeout, restore = null }: Destroy): Promise<readonly unknown[]> {
  if (record.cgroup !== null && isOfThisBoot(record)) {
    const cgroup = { directory: record.cgroup, inode: record.cgroupInode };
    const kill = holdsOthers(record) || restore?.unfinished === true;
    await undisturbed(() => removeCgroup({ cgroup, parents: record.cgroupParents, kill, unproved: true }));
  }
  if (restore !== null) removeUnpackedLayer(restore.layer);
  const failures = record.systemdUnit === undefined || !isOfThisBoot(record) ? [] : await leaveUnit(record);
  if (record.spec.linux?.intelRdt !== undefined) leaveResctrl(store);
  const hooks = record.spec.hooks?.poststop;
  const warnings =
    hooks === undefined
      ? []
      : await runEveryHook({ kind: 'poststop', hooks, state: hookState({ record, status: 'stopped', pid: 0 }), timeout: hookTimeout });
  removeStore(store);
  return [...failures, ...warnings];
}

/** Its processes have been killed with its cgroup, unless that was never known. */
async function leaveUnit({ systemdUnit, systemdBus, created, id, cgroup }: ContainerRecord): Promise<readonly unknown[]> {
  const { stopUnit } = await import('../systemd/index.js');
  return stopUnit({ systemdUnit, systemdBus, claim: `${created} ${id}`, kill: cgroup === null });
}

/** Removes the cgroup that the cleanup record of a container names, whatever its state.json says, or fails to say. */
export async function removeMarkedCgroup(store: Store): Promise<void> {
  const cleanup = readCleanupRecord(store);
  // The hierarchy of another boot is gone, and whatever has this name now belongs to somebody else.
  if (cleanup === null || !isOfThisBoot(cleanup)) return;
  const { cgroup: directory, cgroupInode: inode, claim, parents, systemdUnit, systemdBus } = cleanup;
  if (directory !== null) await undisturbed(() => removeCgroup({ cgroup: { directory, inode, claim }, parents, kill: true }));
  if (systemdUnit === undefined || claim === undefined) return;
  const { stopUnit } = await import('../systemd/index.js');
  await stopUnit({ systemdUnit, systemdBus, claim, kill: true });
}

/**
 * Whether processes of the container may survive its init: if the end of init does not end a pid namespace (pid_namespaces(7)), or if there
 * was no init. runc kills them on delete too.
 */
function holdsOthers({ pid, spec }: ContainerRecord): boolean {
  return pid === 0 || !makesNamespace(spec, 'pid');
}

/** Like {@link destroyContainer}, for a container whose init is our child, alive or just ended. Closes everything of the container. */
export async function destroyBorn({ init, ...o }: Destroy & { readonly init: Child }): Promise<readonly unknown[]> {
  let warnings: readonly unknown[] = [];
  await everyStep([
    () => init.killAndReap(),
    async () => {
      warnings = await destroyContainer(o);
    },
    () => {
      closeStore(o.store);
    },
  ]);
  return warnings;
}

/** Failures of poststop hooks do not make the removal fail (runtime.md, "Lifecycle", step 13). */
export function warnOf({ warn }: { readonly warn?: (message: string) => void }, failures: readonly unknown[]): void {
  for (const failure of failures) warn?.(asRuntimeError(failure).message);
}
