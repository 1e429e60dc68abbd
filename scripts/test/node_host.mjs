/** Files of test/oci that run on Node.js in the gate. Everything that is not named here. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const directory = 'test/oci';

/**
 * What these files look at is decided before the host matters (words, checks) or after it (the kernel, and what tsrun-init makes of the
 * plan). The executable runs them; test/oci/tsrun/plan.test.ts compares the plans of both hosts. docs/testing.md says what a host does by
 * itself, and how to run everything on Node.js.
 */
const onlyOnTheExecutable = [
  'checkpoint/cgroups',
  'checkpoint/flags',
  'checkpoint/image_files',
  'checkpoint/memory',
  'checkpoint/overlay',
  'checkpoint/places',
  'checkpoint/processes',
  'commands/errors',
  'commands/features_schema',
  'commands/information',
  'commands/list',
  'commands/update',
  'exec/exec_cgroup',
  'exec/exec_flags',
  'mounts/bind_options',
  'mounts/devices',
  'mounts/masks',
  'mounts/mount_kinds',
  'mounts/mount_onto',
  'mounts/mount_sources',
  'mounts/mounts',
  'mounts/root_destination',
  'namespaces/time_namespace',
  'process/capabilities',
  'process/process',
  'process/process_kinds',
  'process/seccomp_profile',
  'resources/cgroup_identity',
  'resources/intel_rdt',
  'resources/resources',
  'tsrun/check',
  'tsrun/hints',
  'tsrun/programs',
];

/** Throws if a file is named that does not exist. */
export function filesForNode() {
  const ending = '.test.ts';
  const files = readdirSync(directory, { recursive: true }).filter((name) => name.endsWith(ending));
  const left = new Set(onlyOnTheExecutable.map((name) => `${name}${ending}`));
  for (const name of left) if (!files.includes(name)) throw new Error(`no file ${join(directory, name)}`);
  return files.filter((name) => !left.has(name)).map((name) => join(directory, name));
}
