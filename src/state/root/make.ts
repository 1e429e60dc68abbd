import { fromSystem } from '../../errors/from_system.js';
import { sys, isSystemError } from '../../sys/call.js';

/**
 * Creates the state root and missing directories above it. Only its owner may enter, because the records contain whole configs, including
 * environments with secrets, and the sockets start containers.
 */
export function makeRoot(root: string): void {
  let path = '';
  for (const part of root.split('/').filter((name) => name !== '')) {
    path = `${path}/${part}`;
    try {
      sys().makeDirectory({ path, mode: 0o700 });
    } catch (error) {
      if (isSystemError(error, 'EEXIST')) continue;
      // A directory above may exist although it is not writable or on a read-only file system.
      if (isSystemError(error, 'EROFS', 'EACCES', 'EPERM') && sys().access({ path, mode: 0 })) continue;
      throw fromSystem(error, {
        code: isSystemError(error, 'EACCES', 'EPERM') ? 'permission' : 'setup',
        phase: 'state',
        operation: 'make state root',
        path,
        hint: 'choose a writable directory with --root (in a program: root of Runtime)',
      });
    }
  }
}
