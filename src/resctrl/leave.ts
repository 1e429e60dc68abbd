import { fromSystem } from '../errors/from_system.js';
import { sys, isSystemError } from '../sys/call.js';

/**
 * Removes the groups that tsrun created for a container, the outermost first in `directories`. Leaves a group with other tasks alone,
 * because the kernel would silently move them to the root's class.
 */
export function removeResctrlGroups(directories: readonly string[]): void {
  for (const path of [...directories].reverse()) {
    if (isUsed(path)) continue;
    try {
      sys().removeDirectory({ path });
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) continue;
      throw fromSystem(error, { code: 'setup', phase: 'delete', operation: 'remove resctrl group', path });
    }
  }
}

function isUsed(directory: string): boolean {
  try {
    return (
      sys()
        .readText({ path: `${directory}/tasks`, limit: 16 << 20 })
        .trim() !== ''
    );
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return false;
    throw error;
  }
}
