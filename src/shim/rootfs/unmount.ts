import { fromSystem } from '../../errors/from_system.js';
import { isSystemError, sys } from '../../sys/call.js';

/** Unmounts everything that is mounted there. */
export function unmountRootfs(target: string): void {
  for (;;) {
    try {
      sys().unmount({ path: target, detach: true });
    } catch (error) {
      // Nothing is mounted there, or there is no such directory.
      if (isSystemError(error, 'EINVAL', 'ENOENT', 'ENOTDIR')) return;
      throw fromSystem(error, { code: 'setup', phase: 'delete', operation: 'unmount', path: target });
    }
  }
}
