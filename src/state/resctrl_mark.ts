import { fromSystem } from '../errors/from_system.js';
import { door, isSystemError } from '../native/call.js';
import { containerDirectory } from './paths.js';

interface Reference {
  readonly root: string;
  readonly id: string;
}

const O_CREAT = 0o100;
const O_TRUNC = 0o1000;

/** Remembers the resctrl groups that are made for a container, outermost first, one on each line: before they are made, as with the mark of its cgroup. */
export function writeResctrlMark(o: Reference & { readonly directories: readonly string[] }): void {
  const path = markPath(o);
  try {
    door().writeFile({ path, text: o.directories.map((directory) => `${directory}\n`).join(''), flags: O_CREAT | O_TRUNC, mode: 0o600 });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'state', operation: 'write state', path });
  }
}

export function readResctrlMark(reference: Reference): readonly string[] {
  try {
    return door()
      .readText({ path: markPath(reference), limit: 1 << 20 })
      .split('\n')
      .filter((line) => line.startsWith('/'));
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return [];
    throw fromSystem(error, { code: 'setup', phase: 'state', operation: 'read state', path: markPath(reference) });
  }
}

function markPath(reference: Reference): string {
  return `${containerDirectory(reference)}/resctrl`;
}
