import { fromSystem } from '../errors/from_system.js';
import { sys, isSystemError } from '../sys/call.js';

/**
 * Makes the state root and the directories above it that are missing. Only its owner may enter: the records hold whole configs, environments with secrets
 * among them, and the sockets start containers.
 */
export function makeRoot(root: string): void {
  let path = '';
  for (const part of root.split('/').filter((name) => name !== '')) {
    path = `${path}/${part}`;
    try {
      sys().makeDirectory({ path, mode: 0o700 });
    } catch (error) {
      if (isSystemError(error, 'EEXIST')) continue;
      // A directory above may be on a read-only file system, or not writable, and be there all the same.
      if (isSystemError(error, 'EROFS', 'EACCES', 'EPERM') && sys().access({ path, mode: 0 })) continue;
      throw fromSystem(error, {
        code: isSystemError(error, 'EACCES', 'EPERM') ? 'permission' : 'setup',
        phase: 'state',
        operation: 'make state root',
        path,
        hint: 'choose a writable directory with --root',
      });
    }
  }
}
