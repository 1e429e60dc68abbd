import { readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

const hierarchy = '/sys/fs/cgroup';

/** Removes empty cgroups of this benchmark's containers, which have `prefix` in their names, from this run or a killed one. */
export function removeCgroups(prefix, directory = hierarchy, depth = 0) {
  for (const entry of entriesOf(directory)) {
    if (!entry.isDirectory()) continue;
    const path = join(directory, entry.name);
    if (entry.name.includes(prefix)) removeTree(path);
    else if (depth < 2) removeCgroups(prefix, path, depth + 1);
  }
}

/** None of a cgroup that somebody has removed meanwhile. */
function entriesOf(directory) {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

/** The files in a cgroup's directory cannot be removed, so remove only directories, leaves first. */
function removeTree(directory) {
  for (const entry of entriesOf(directory)) {
    if (entry.isDirectory()) removeTree(join(directory, entry.name));
  }
  try {
    rmdirSync(directory);
  } catch (error) {
    // EBUSY: it belongs to a benchmark that runs at the same time. ENOENT: a runtime removed it meanwhile.
    if (!['EBUSY', 'ENOENT'].includes(error.code)) throw error;
  }
}
