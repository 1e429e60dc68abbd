/** dockerd with tsrun as its default runtime, in its own machine. Importing this registers the set-up and clean-up of a test file. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Options, Outcome, Started } from '../../oci/harness/runtime.js';
import { newDirectory, newPath } from '../../oci/harness/scratch.js';
import { until } from '../../oci/harness/wait.js';
import { runInside, startInside, theMachine, useEngine } from './engine.js';
import { succeed } from './expect.js';
import { image, layerArchive } from './image.js';
import { runtimePath } from './runtime_path.js';

export { describe, expect, test } from 'vitest';
export { program } from '../../oci/harness/programs.js';
export { newDirectory, newPath } from '../../oci/harness/scratch.js';
export { pause, until } from '../../oci/harness/wait.js';
export { runInside, startInside, theMachine } from './engine.js';
export { exit, succeed } from './expect.js';
export { image } from './image.js';

/** Debian's client: it has a client of BuildKit, which newer ones have in a plugin. */
const client = ['/usr/bin/docker', '--host', 'unix:///run/docker.sock'];

/** The socket of dockerd, in the machine. */
export const socket = '/run/docker.sock';

/** `before` is a command in front of `docker`, such as one that provides a terminal. */
type DockerOptions = Options & { readonly before?: readonly string[] };

export function startDocker(args: readonly string[], options: DockerOptions = {}): Started {
  return startInside([...(options.before ?? []), ...client, ...args], options);
}

export function docker(args: readonly string[], options: DockerOptions = {}): Promise<Outcome> {
  return startDocker(args, options).done;
}

/** `docker run --rm`, without a network unless `flags` ask for one. */
export function run(args: readonly string[], flags: readonly string[] = [], options: DockerOptions = {}): Promise<Outcome> {
  return docker(['run', ...runtimeFlags, '--rm', ...networkOf(flags), ...flags, image, ...args], options);
}

/** Starts a container in the background and returns its id. Its init ignores no signal, so that `stop` does not wait. */
export function running(args: readonly string[] = ['sleep', '1000'], flags: readonly string[] = []): Promise<string> {
  return succeed(docker(['run', ...runtimeFlags, '--detach', '--stop-signal=KILL', ...networkOf(flags), ...flags, image, ...args]));
}

/** A field of `docker inspect`. */
export function inspect(id: string, format: string): Promise<string> {
  return succeed(docker(['inspect', '--format', format, id]));
}

function networkOf(flags: readonly string[]): readonly string[] {
  return flags.some((flag) => flag.startsWith('--network')) ? [] : ['--network=none'];
}

/** What the documents call `/etc/docker/daemon.json`. */
export type Configuration = Readonly<Record<string, unknown>>;

const withRuntime: Configuration = {
  runtimes: { tsrun: { path: runtimePath } },
  'default-runtime': 'tsrun',
  'exec-opts': ['native.cgroupdriver=cgroupfs'],
  'insecure-registries': ['127.0.0.0/8'],
  'log-level': 'warn',
};

/** dockerd 20.10 has no `runtimeType` yet, but takes the name of a shim for a container. */
let runtimeFlags: readonly string[] = [];

/** The containers of this file are made by tsrun's shim. containerd finds it beside the runtime. */
export function throughShim(): void {
  runtimeFlags = ['--runtime=io.containerd.tsrun.v2'];
}

/** `docker create`, without a network. */
export function created(args: readonly string[]): Promise<string> {
  return succeed(docker(['create', ...runtimeFlags, '--network=none', image, ...args]));
}

/** A line in this file of the machine for each call of BuildKit. */
export const buildCalls = '/var/tmp/build-calls';

/** A directory with tsrun under the name `runc`, which BuildKit calls: dockerd 20.10 has no other setting. */
function runcOfBuilds(): string {
  const directory = newDirectory();
  writeFileSync(`${directory}/runc`, `#!/bin/sh\necho "$*" >> ${buildCalls}\nexec ${runtimePath} "$@"\n`, { mode: 0o755 });
  return directory;
}

let configuration = withRuntime;
let daemon: Started | null = null;

/** The dockerd of this file has these settings, too. */
export function configure(more: Configuration): void {
  configuration = { ...configuration, ...more };
}

let prepare: () => Promise<void> = () => Promise.resolve();

/** Calls `work` in the new machine, before dockerd starts. */
export function beforeDockerd(work: () => Promise<void>): void {
  prepare = work;
}

/** Starts dockerd, with containerd below it, and waits until it answers. */
export async function startDockerd(): Promise<void> {
  const file = `${newPath()}.json`;
  writeFileSync(file, JSON.stringify(configuration));
  const path = `${runcOfBuilds()}:${dirname(runtimePath)}:/usr/sbin:${process.env['PATH']}`;
  const own = [`--host=unix://${socket}`, '--data-root=/var/lib/docker', '--exec-root=/run/docker', '--pidfile=/run/docker.pid'];
  const started = startInside(['env', `PATH=${path}`, 'dockerd', '--config-file', file, ...own], { timeout: 600_000 });
  daemon = started;
  started.done.catch(() => undefined);
  await until(
    'dockerd answers',
    async () => {
      if (started.child.exitCode !== null) throw new Error(started.errors());
      return (await docker(['version'])).code === 0;
    },
    30_000,
  );
}

/** Ends dockerd with a signal. containerd below it ends with it, unless the signal is SIGKILL. */
export async function endDockerd(signal: 'TERM' | 'KILL'): Promise<void> {
  await succeed(runInside(['sh', '-c', `kill -${signal} $(cat /run/docker.pid)`]));
  await until('dockerd is gone', () => daemon?.child.exitCode !== null || daemon.child.signalCode !== null, 20_000);
}

async function removeAll(list: readonly string[], remove: readonly string[]): Promise<void> {
  const all = (await succeed(docker([...list, '--quiet']))).split('\n').filter((id) => id !== '');
  if (all.length > 0) await succeed(docker([...remove, ...all]));
}

useEngine({
  async setUp() {
    mkdirSync(`${theMachine().root}/var/lib/docker`, { recursive: true });
    await prepare();
    await startDockerd();
    await succeed(docker(['import', layerArchive(), image]));
  },
  async clear() {
    await removeAll(['ps', '--all'], ['rm', '--force', '--volumes']);
    await removeAll(['volume', 'ls'], ['volume', 'rm']);
  },
});
