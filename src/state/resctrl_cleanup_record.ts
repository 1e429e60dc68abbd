import { fromSystem } from '../errors/from_system.js';
import type { RuntimeError } from '../errors/runtime_error.js';
import { sys, isSystemError } from '../sys/call.js';
import { containerDirectory, type Store } from './paths.js';

const fileName = 'resctrl';

/**
 * Records the resctrl groups of a container before they are created, outermost first, one per line, like the cleanup record of its cgroup.
 */
export function writeResctrlCleanup({ store, directories }: { readonly store: Store; readonly directories: readonly string[] }): void {
  const text = directories.map((directory) => `${directory}\n`).join('');
  try {
    sys().replaceFile({ path: fileName, text, mode: 0o600, sync: false, directory: store.directory });
  } catch (error) {
    throw failed(error, 'write state', store);
  }
}

export function readResctrlCleanup(store: Store): readonly string[] {
  try {
    return sys()
      .readText({ path: fileName, limit: 1 << 20, directory: store.directory })
      .split('\n')
      .filter((line) => line.startsWith('/'));
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return [];
    throw failed(error, 'read state', store);
  }
}

function failed(error: unknown, operation: string, store: Store): RuntimeError {
  return fromSystem(error, { code: 'setup', phase: 'state', operation, path: `${containerDirectory(store)}/${fileName}` });
}
