import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeBundles } from '../bundles/write.mjs';
import { controllers } from './machine.mjs';
import { workDirectory } from './private_mounts.mjs';

/** The prefix of the names of this benchmark's containers and cgroups. */
export const idPrefix = 'tsrun-bench';

/** What all subjects share: bundles, a cgroup, names of this run. `programs` compiles the benchmark's C programs into a directory. */
export function prepareSetting(programs) {
  const prefix = `${idPrefix}-${process.pid}`;
  const cgroup = join('/sys/fs/cgroup', prefix);
  mkdirSync(cgroup);
  const [bundleDirectory, programDirectory] = ['bundles', 'programs'].map((name) => join(workDirectory, name));
  for (const directory of [bundleDirectory, programDirectory]) mkdirSync(directory);
  const available = controllers();
  const { rootfs, bundles } = writeBundles({ directory: bundleDirectory, controllers: available });
  return { prefix, directory: workDirectory, cgroup, rootfs, bundles, controllers: available, programs: programs(programDirectory) };
}
