import { fromSystem } from '../../errors/from_system.js';
import { sys, isSystemError } from '../../sys/call.js';

/** rmdir(2) of a cgroup. Returns false while something is in it. Does not fail if it is gone. */
export function tryRemove(path: string): boolean {
  try {
    sys().removeDirectory({ path });
    return true;
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENODEV')) return true;
    if (isSystemError(error, 'EBUSY', 'ENOTEMPTY')) return false;
    throw fromSystem(error, { code: 'setup', phase: 'delete', operation: 'remove cgroup', path });
  }
}
