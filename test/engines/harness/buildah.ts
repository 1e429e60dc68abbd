/** Buildah in its own machine. Importing this registers the set-up and clean-up of a test file. */
import { writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Options, Outcome, Started } from '../../oci/harness/runtime.js';
import { newDirectory, newPath } from '../../oci/harness/scratch.js';
import { startInside, useEngine } from './engine.js';
import { succeed } from './expect.js';
import { image, imageArchive } from './image.js';
import { isRootUsed } from './machine.js';
import { runtimePath } from './runtime_path.js';

export { describe, expect, test } from 'vitest';
export { program } from '../../oci/harness/programs.js';
export { newDirectory } from '../../oci/harness/scratch.js';
export { until } from '../../oci/harness/wait.js';
export { runInside, theMachine } from './engine.js';
export { exit, succeed } from './expect.js';
export { image } from './image.js';
export { runtimePath } from './runtime_path.js';

/** `before` is a command in front of `buildah`, such as one that provides a terminal. */
export type BuildahOptions = Options & { readonly before?: readonly string[] };

let environment: Readonly<Record<string, string>> = {};

/** The configuration of docs/engines.md, and files of this machine's own. */
export function startBuildah(args: readonly string[], options: BuildahOptions = {}): Started {
  return startInside([...(options.before ?? []), 'buildah', ...args], {
    timeout: 30_000,
    ...options,
    env: { ...environment, ...options.env },
  });
}

export function buildah(args: readonly string[], options: BuildahOptions = {}): Promise<Outcome> {
  return startBuildah(args, options).done;
}

/** `buildah from` the image of the tests: the id of a working container. */
export function from(flags: readonly string[] = []): Promise<string> {
  return succeed(buildah(['from', '--pull-never', ...flags, image]));
}

/** `buildah bud` with the lines of a Containerfile, without a network unless `flags` ask for one. The image is `built`. */
export function bud(lines: readonly string[], flags: readonly string[] = [], options: BuildahOptions = {}): Promise<Outcome> {
  const directory = newDirectory();
  writeFileSync(`${directory}/Containerfile`, [`FROM ${image}`, ...lines, ''].join('\n'));
  writeFileSync(`${directory}/copied`, 'from the context\n');
  const network = flags.some((flag) => flag.startsWith('--network')) ? [] : ['--network=none'];
  return buildah(['bud', ...network, '--tag=built', ...flags, directory], options);
}

/** A file of an image. */
export async function fileOf(name: string, path: string): Promise<string> {
  const id = await succeed(buildah(['from', '--pull-never', name]));
  return succeed(buildah(['run', '--network=none', id, 'cat', path]));
}

function configuration(name: string, text: string): string {
  const path = `${newPath()}.${name}`;
  writeFileSync(path, text);
  return path;
}

useEngine({
  async setUp() {
    // Not earlier: a file whose tests are all skipped has no hook that would remove them.
    environment = {
      BUILDAH_ISOLATION: 'oci',
      BUILDAH_RUNTIME: runtimePath,
      CONTAINERS_CONF: configuration(
        'conf',
        // The pids controller may be missing in cgroup v2. Without CAP_SYS_RESOURCE nobody may raise the limits that newer versions set.
        `[containers]\npids_limit = 0\n${isRootUsed() ? 'default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n' : ''}[engine]\ncgroup_manager = "cgroupfs"\n[network]\nnetwork_backend = "netavark"\n`,
      ),
      CONTAINERS_STORAGE_CONF: configuration(
        'storage',
        '[storage]\ndriver = "overlay"\nrunroot = "/run/containers/storage"\ngraphroot = "/var/lib/containers/storage"\n',
      ),
    };
    await succeed(buildah(['pull', `oci-archive:${imageArchive()}`]));
    expect(await succeed(buildah(['images', '--format', '{{.Name}}:{{.Tag}}']))).toBe(image);
  },
  async clear() {
    await succeed(buildah(['rm', '--all']));
  },
});
