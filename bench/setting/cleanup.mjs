import { readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

const hierarchy = '/sys/fs/cgroup';

/** Removes the empty cgroups of this benchmark's containers, which have `prefix` in their names: of this run, or of one that was killed. */
export function removeCgroups(prefix, directory = hierarchy, depth = 0) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(directory, entry.name);
    if (entry.name.includes(prefix)) removeTree(path);
    else if (depth < 2) removeCgroups(prefix, path, depth + 1);
  }
}

/** A cgroup's directory has files that cannot be removed: only its directories are, from the leaves. */
function removeTree(directory) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(directory, entry.name));
  }
  try {
    rmdirSync(directory);
  } catch (error) {
    // Populated: of a benchmark that runs at the same time. Gone: a runtime removed it meanwhile.
    if (!['EBUSY', 'ENOENT'].includes(error.code)) throw error;
  }
}
