/** containerd with ctr in its own machine. Importing this registers the set-up and clean-up of a test file. */
import { writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Options, Outcome, Started } from '../../oci/harness/runtime.js';
import { newPath } from '../../oci/harness/scratch.js';
import { until } from '../../oci/harness/wait.js';
import { runInside, startInside, useEngine } from './engine.js';
import { succeed } from './expect.js';
import { image, imageArchive } from './image.js';
import { runtimePath } from './runtime_path.js';

export { describe, expect, test } from 'vitest';
export { can } from '../../oci/harness/capabilities.js';
export { program } from '../../oci/harness/programs.js';
export { newDirectory, newPath } from '../../oci/harness/scratch.js';
export { pause, until } from '../../oci/harness/wait.js';
export { runInside, shims, startInside, theMachine } from './engine.js';
export { exit, succeed } from './expect.js';
export { image } from './image.js';

/** `before` is a command in front of `ctr`, such as one that provides a terminal. */
type CtrOptions = Options & { readonly before?: readonly string[] };

export function startCtr(args: readonly string[], options: CtrOptions = {}): Started {
  return startInside([...(options.before ?? []), 'ctr', ...args], options);
}

export function ctr(args: readonly string[], options: CtrOptions = {}): Promise<Outcome> {
  return startCtr(args, options).done;
}

/** containerd's own shim, which executes the runtime; or, after {@link throughShim}, the runtime that is a shim. */
let runtimeFlags = ['--runtime', 'io.containerd.runc.v2', '--runc-binary', runtimePath];

/** The containers of this file are made by tsrun's shim. containerd finds it beside the runtime. */
export function throughShim(): void {
  runtimeFlags = ['--runtime', 'io.containerd.tsrun.v2'];
}

/** `--cpu-shares 0`: ctr sets shares by default, and the cpu controller may be missing in cgroup v2. */
const runFlags = (): readonly string[] => ['run', ...runtimeFlags, '--cpu-shares', '0'];

/** `ctr run --rm`. */
export function run(args: readonly string[], flags: readonly string[] = [], options: CtrOptions = {}): Promise<Outcome> {
  return ctr([...runFlags(), '--rm', ...flags, image, newName(), ...args], options);
}

/** Starts a container in the background and returns its id. */
export async function running(args: readonly string[] = ['sleep', '1000'], flags: readonly string[] = []): Promise<string> {
  const name = newName();
  // The container gets /dev/null, because its output would need a reader.
  await succeed(ctr([...runFlags(), '--detach', '--null-io', ...flags, image, name, ...args]));
  return name;
}

/** The state that `ctr tasks ls` prints: RUNNING, PAUSED, STOPPED. */
export async function statusOf(id: string): Promise<string | undefined> {
  const rows = (await succeed(ctr(['tasks', 'ls']))).split('\n').map((line) => line.split(/\s+/));
  return rows.find(([name]) => name === id)?.[2];
}

/** The process id of a task, in the machine's pid namespace. */
export async function pidOf(id: string): Promise<number> {
  const rows = (await succeed(ctr(['tasks', 'ls']))).split('\n').map((line) => line.split(/\s+/));
  return Number(rows.find(([name]) => name === id)?.[1]);
}

let count = 0;

function newName(): string {
  count += 1;
  return `box-${count}`;
}

function configuration(): string {
  const path = `${newPath()}.toml`;
  const text = 'version = 2\nroot = "/var/lib/containerd"\nstate = "/run/containerd"\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n';
  writeFileSync(path, text);
  return path;
}

let daemon: Started | null = null;

/** Starts containerd, and waits until it answers. */
export async function startContainerd(): Promise<void> {
  const path = `${dirname(runtimePath)}:${process.env['PATH']}`;
  const started = startInside(['env', `PATH=${path}`, 'containerd', '--config', configuration()], { timeout: 600_000 });
  daemon = started;
  started.done.catch(() => undefined);
  await until('containerd answers', async () => {
    if (started.child.exitCode !== null) throw new Error(started.errors());
    return (await runInside(['ctr', '--connect-timeout', '1s', 'version'])).code === 0;
  });
}

/** Kills containerd, and nothing else of the machine. */
export async function killContainerd(): Promise<void> {
  await succeed(runInside(['sh', '-c', 'kill -KILL $(pidof containerd)']));
  await until('containerd is gone', () => daemon?.child.exitCode !== null || daemon.child.signalCode !== null);
}

async function clear(): Promise<void> {
  const tasks = (await succeed(ctr(['tasks', 'ls', '--quiet']))).split('\n').filter((id) => id !== '');
  await Promise.all(tasks.map((id) => ctr(['tasks', 'rm', '--force', id])));
  const containers = (await succeed(ctr(['containers', 'ls', '--quiet']))).split('\n').filter((id) => id !== '');
  if (containers.length > 0) await succeed(ctr(['containers', 'rm', ...containers]));
}

useEngine({
  async setUp() {
    await startContainerd();
    await succeed(ctr(['images', 'import', imageArchive()]));
  },
  clear,
});
