/** podman with conmon in its own machine. Importing this registers the set-up and clean-up of a test file. */
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Options, Outcome, Started } from '../../oci/harness/runtime.js';
import { newPath } from '../../oci/harness/scratch.js';
import { startInside, useEngine } from './engine.js';
import { succeed } from './expect.js';
import { image, layerArchive } from './image.js';
import { isRootUsed } from './machine.js';
import { runtimePath } from './runtime_path.js';

export { describe, expect, test } from 'vitest';
export { program } from '../../oci/harness/programs.js';
export { newDirectory, newPath } from '../../oci/harness/scratch.js';
export { pause, until } from '../../oci/harness/wait.js';
export { runInside, startInside, theMachine } from './engine.js';
export { exit, succeed } from './expect.js';
export { image } from './image.js';

/** Without CAP_SYS_RESOURCE nobody may raise the limits that podman 5 builds with by default. */
const limits = 'default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n';

let files: Readonly<Record<string, string>> = {};

/** `before` is a command in front of `podman`, such as one that provides a terminal. */
type PodmanOptions = Options & { readonly before?: readonly string[] };

export function startPodman(args: readonly string[], options: PodmanOptions = {}): Started {
  const line = [...(options.before ?? []), 'podman', '--runtime', runtimePath, ...args];
  return startInside(line, { ...options, env: { ...files, ...options.env } });
}

export function podman(args: readonly string[], options: PodmanOptions = {}): Promise<Outcome> {
  return startPodman(args, options).done;
}

/** `podman run --rm`, without a network unless `flags` ask for one. */
export function run(args: readonly string[], flags: readonly string[] = [], options: PodmanOptions = {}): Promise<Outcome> {
  return podman(['run', '--rm', ...networkOf(flags), ...flags, image, ...args], options);
}

/** Starts a container in the background and returns its id. */
export function running(args: readonly string[] = ['sleep', '1000'], flags: readonly string[] = []): Promise<string> {
  return succeed(podman(['run', '--detach', ...networkOf(flags), ...flags, image, ...args]));
}

/** One field of `podman inspect`. */
export function inspect(id: string, format: string): Promise<string> {
  return succeed(podman(['inspect', '--format', format, id]));
}

function networkOf(flags: readonly string[]): readonly string[] {
  return flags.some((flag) => flag.startsWith('--network') || flag.startsWith('--pod')) ? [] : ['--network=none'];
}

/** The exit command of conmon calls podman with only the runtime's name, so the configuration must map that name, too. */
function containersConf(): string {
  const path = `${newPath()}.conf`;
  const text = `
[containers]
# The pids controller may be missing in cgroup v2.
pids_limit = 0
${isRootUsed() ? limits : ''}log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
[engine.runtimes]
"${basename(runtimePath)}" = ["${runtimePath}"]
[network]
network_backend = "netavark"
`;
  writeFileSync(path, text);
  return path;
}

function storageConf(): string {
  const path = `${newPath()}.conf`;
  writeFileSync(path, '[storage]\ndriver = "overlay"\nrunroot = "/run/containers/storage"\ngraphroot = "/var/lib/containers/storage"\n');
  return path;
}

useEngine({
  async setUp() {
    // Not earlier: a file whose tests are all skipped has no hook that would remove them.
    files = { CONTAINERS_CONF: containersConf(), CONTAINERS_STORAGE_CONF: storageConf() };
    await succeed(podman(['import', layerArchive(), image]));
  },
  async clear() {
    for (const what of [['pod', 'rm'], ['rm']]) {
      const remove = (): Promise<Outcome> => podman([...what, '--all', '--force', '--time', '0']);
      // conmon's own clean-up may still hold mounts that podman 4.3 wants to remove, especially with user namespaces. This happens with
      // every runtime.
      if ((await remove()).code !== 0) await succeed(remove());
    }
  },
});
