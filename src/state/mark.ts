import { fromSystem } from '../errors/from_system.js';
import { door, isSystemError } from '../native/call.js';
import { containerDirectory, markFile, recordFile } from './paths.js';

/** What has to be removed from the host whatever becomes of state.json. */
export interface Mark {
  /** Absolute directory of the container's cgroup. */
  readonly cgroup: string;
  /** Directories above it that tsrun makes, outermost first. */
  readonly parents: readonly string[];
}

interface Reference {
  readonly root: string;
  readonly id: string;
}

/** Written before the cgroup is made: from then on a kill -9 of tsrun leaves nothing that `delete --force` cannot find. One path per line. */
export function writeMark(o: Reference & { readonly mark: Mark }): void {
  const path = `${containerDirectory(o)}/${markFile}`;
  try {
    door().writeFile({ path, text: [o.mark.cgroup, ...o.mark.parents, ''].join('\n'), flags: O_CREAT | O_TRUNC, mode: 0o600 });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'state', operation: 'write state', path });
  }
}

const O_CREAT = 0o100;
const O_TRUNC = 0o1000;

/** The mark of a container whose state.json cannot be read; where it has none, what the remains of state.json still say; null for nothing. */
export function readMark(reference: Reference): Mark | null {
  const directory = containerDirectory(reference);
  const [cgroup, ...parents] = (readIfText(`${directory}/${markFile}`) ?? '').split('\n').filter((line) => line.startsWith('/'));
  if (cgroup !== undefined) return { cgroup, parents };
  return salvage(readIfText(`${directory}/${recordFile}`) ?? '');
}

/** `cgroup` comes before the config in the file, so it is often there when the end is cut off. */
function salvage(remains: string): Mark | null {
  const found = /"cgroup":("\/(?:[^"\\]|\\.)*")/.exec(remains)?.[1];
  if (found === undefined) return null;
  return { cgroup: String(JSON.parse(found)), parents: [] };
}

function readIfText(path: string): string | null {
  try {
    return door().readText({ path, limit: 32 << 20 });
  } catch (error) {
    if (isSystemError(error)) return null;
    throw error;
  }
}
