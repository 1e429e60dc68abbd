import { fromSystem } from '../errors/from_system.js';
import { door, isSystemError } from '../native/call.js';

/** The host process ids in a cgroup and all below it, sorted; none where it is gone. */
export function cgroupProcesses({ directory }: { readonly directory: string }): readonly number[] {
  return subtree(directory)
    .flatMap((path) => processesIn(path))
    .sort((a, b) => a - b);
}

/** A cgroup and all below it, each before its children. */
export function subtree(directory: string): readonly string[] {
  return [directory, ...children(directory).flatMap(subtree)];
}

function children(directory: string): readonly string[] {
  // The kernel counts them, so that the usual cgroup, which has none, is not searched file by file.
  const stat = readIfThere(`${directory}/cgroup.stat`);
  if (stat === null || /^nr_descendants 0$/m.test(stat)) return [];
  return listIfThere(directory)
    .map((name) => `${directory}/${name}`)
    .filter((path) => door().status({ path, follow: false })?.kind === 'directory');
}

function processesIn(directory: string): readonly number[] {
  const text = readIfThere(`${directory}/cgroup.procs`);
  return text === null ? [] : text.split('\n').filter((line) => line !== '').map(Number);
}

function listIfThere(path: string): readonly string[] {
  try {
    return door().listDirectory({ path });
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENODEV')) return [];
    throw fromSystem(error, { code: 'setup', phase: 'cgroup', operation: 'list cgroup', path });
  }
}

/** Null where the cgroup was removed: ENOENT at open(2), ENODEV at read(2). EOPNOTSUPP: a threaded cgroup, whose processes its domain lists. */
function readIfThere(path: string): string | null {
  try {
    return door().readText({ path, limit: 16 << 20 });
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENODEV', 'EOPNOTSUPP', 'ENOTSUP')) return null;
    throw fromSystem(error, { code: 'setup', phase: 'cgroup', operation: 'read', path });
  }
}
