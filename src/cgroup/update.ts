import { cleanUp } from '../errors/clean_up.js';
import { fromSystem } from '../errors/from_system.js';
import { isSystemError, sys } from '../sys/call.js';
import { applyWrite } from './apply.js';
import { attachDeviceRules } from './devices/attach.js';
import { handDownControllers, requireControllers } from './controllers.js';
import type { HeldCgroup } from './identity.js';
import { checkMemoryUsage } from './limits/memory_check.js';
import { filesToKeep, restoreWrites, type FileBefore } from './limits/restore.js';
import { updateWrites, type Update } from './limits/update.js';
import type { CgroupWrite } from './limits/writes.js';
import { mergeResources } from '../spec/resources/merge.js';

export interface UpdateCgroup extends Update {
  /** The mount point of the hierarchy. */
  readonly mount: string;
  readonly cgroup: HeldCgroup;
  /** Done before anything is written; returns how to take it back. */
  readonly begin?: (() => Promise<() => unknown>) | undefined;
  /** Done when everything is written. If it fails, everything is taken back. */
  readonly finish: () => unknown;
}

/** Whether an update changes anything of a cgroup. */
export function changesCgroup(update: Update): boolean {
  return updateWrites(update).length > 0 || changesDevices(update);
}

/** Other rules than those before: the same ones are not written again, since another program may have extended them (GPUs do that). */
function changesDevices({ before, given }: Update): boolean {
  return given.devices !== undefined && JSON.stringify(given.devices) !== JSON.stringify(before.devices ?? []);
}

/**
 * Changes the limits of a cgroup that may have processes. A write that fails takes the ones before it back. Device rules are exchanged in
 * one step: there is no moment without them.
 * @throws RuntimeError as `applyLimits` of apply.ts
 */
export async function updateCgroup({ mount, cgroup, begin, finish, ...update }: UpdateCgroup): Promise<void> {
  const writes = updateWrites(update);
  const { directory, fd } = cgroup;
  if (writes.length > 0) requireControllers({ mount, directory, writes, handedDown: handDownControllers({ mount, directory }) });
  const { memory } = mergeResources(update.before, update.given);
  checkMemoryUsage({ cgroup: fd, memory: update.given.memory === undefined ? undefined : memory });
  const kept = readFiles(cgroup, filesToKeep(writes));
  const undo: (() => unknown)[] = [() => restore(cgroup, kept, writes)];
  try {
    if (begin !== undefined) undo.push(await begin());
    for (const write of writes) applyWrite(cgroup, write);
    if (changesDevices(update)) {
      attachDeviceRules({ cgroup: fd, rules: update.given.devices, replace: true });
      undo.push(() => attachDeviceRules({ cgroup: fd, rules: update.before.devices, replace: true }));
    }
    await finish();
  } catch (error) {
    throw await cleanUp(error, undo.reverse());
  }
}

function readFiles({ fd, directory }: HeldCgroup, files: readonly string[]): readonly FileBefore[] {
  return files.flatMap((file) => {
    try {
      return [{ file, text: sys().readText({ path: file, directory: fd, limit: 1 << 20 }) }];
    } catch (error) {
      // Without it there is nothing to bring back. Files that can only be written, such as memory.reclaim, keep nothing.
      if (isSystemError(error, 'ENOENT', 'EINVAL', 'EACCES', 'EOPNOTSUPP')) return [];
      throw fromSystem(error, { code: 'setup', phase: 'cgroup', operation: 'read limit', path: `${directory}/${file}` });
    }
  });
}

function restore({ fd, directory }: HeldCgroup, kept: readonly FileBefore[], writes: readonly CgroupWrite[]): void {
  for (const { file, value } of restoreWrites(kept, writes)) {
    try {
      sys().writeFile({ path: file, directory: fd, text: value, flags: 0 });
    } catch (error) {
      throw fromSystem(error, { code: 'setup', phase: 'cgroup', operation: `write "${value}" back to`, path: `${directory}/${file}` });
    }
  }
}
