import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { start, type Options, type Started } from '../../oci/harness/runtime.js';
import { mark, scratch } from '../../oci/harness/scratch.js';

/** The environment that machine.sh creates: a separate machine, as far as the engine can see. */
export interface Machine {
  /** The root of its file system, as seen from outside. */
  readonly root: string;
  /** The line that starts a program inside. */
  lineFor(line: readonly string[]): readonly string[];
  /** Starts a program inside. */
  start(line: readonly string[], options?: Options): Started;
  /** One line for every cgroup, every process in one, every mount and every state directory that containers have left behind. */
  leftovers(): readonly string[];
  /** Ends every process; the script removes the cgroups. */
  stop(): Promise<void>;
}

let rootDirectory: string | undefined;

/** The machine's programs are those of this root file system, not the host's. */
export function useRoot(directory: string): void {
  rootDirectory = directory;
}

export function isRootUsed(): boolean {
  return rootDirectory !== undefined;
}

const script = new URL('machine.sh', import.meta.url).pathname;

/** nsenter(1) enters the cgroup namespace, but not the cgroup. A process outside of the namespace's root would not know its own cgroup. */
const enterCgroup = 'echo 0 > /sys/fs/cgroup/engine/cgroup.procs && exec "$@"';

export async function startMachine(): Promise<Machine> {
  mkdirSync(scratch, { recursive: true });
  // In its own process group: if a terminal or a time limit kills ours, the script must still clean up.
  const holder = spawn(script, [mark, scratch], {
    stdio: 'pipe',
    detached: true,
    env: { ...process.env, TSRUN_TEST: mark, MACHINE_ROOT: rootDirectory },
  });
  await ready(holder);
  // The script has one child, unshare(1), whose child is the machine's pid 1.
  const pid = onlyChild(onlyChild(holder.pid));
  const root = `/proc/${pid}/root`;
  const cgroup = `${existsSync('/sys/fs/cgroup/cgroup.controllers') ? '/sys/fs/cgroup' : '/sys/fs/cgroup/unified'}/${mark}`;
  const enter = ['nsenter', `--target=${pid}`, '--mount', '--pid', '--net', '--ipc', '--cgroup', 'sh', '-c', enterCgroup, 'sh'];
  return {
    root,
    lineFor: (line) => [...enter, ...line],
    start: (line, options = {}) => start([...enter, ...line], options),
    leftovers: () => [...containerCgroups(cgroup), ...containerMounts(pid), ...containerStates(root)],
    async stop() {
      holder.stdin.end();
      if (holder.exitCode === null) await new Promise((resolve) => holder.once('exit', resolve));
    },
  };
}

function onlyChild(pid: number | undefined): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'));
}

function ready(holder: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    holder.stdout?.once('data', () => resolve());
    holder.stderr?.on('data', (data) => (said += String(data)));
    holder.once('error', reject);
    holder.once('exit', (code) => reject(new Error(`machine.sh ended with ${String(code)}: ${said}`)));
  });
}

/** The machine's own cgroup, and the parents in which engines keep their containers' cgroups. */
const lastingCgroups = ['engine', 'libpod_parent', 'conmon', 'default', 'docker', 'buildkit', 'k8s.io', 'kubepods'];

function containerCgroups(cgroup: string): readonly string[] {
  return subdirectories(cgroup).flatMap((name) => {
    const path = `${cgroup}/${name}`;
    const own = lastingCgroups.includes(name) ? [] : [`cgroup ${path}`];
    const processes =
      name === 'engine'
        ? []
        : read(`${path}/cgroup.procs`)
            .split('\n')
            .filter((line) => line !== '');
    return [
      ...own,
      ...processes.map((pid) => `process ${pid}: ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`),
      ...containerCgroups(path),
    ];
  });
}

function containerMounts(pid: number): readonly string[] {
  return (
    read(`/proc/${pid}/mountinfo`)
      .split('\n')
      .map((line) => line.split(' ')[4] ?? '')
      .filter((point) => /\/merged$|\/rootfs$|\/userdata\/|\/netns\/.|\/overlay-containers\//.test(point))
      // dockerd keeps the host's network there from the first container that uses it on.
      .filter((point) => point !== '/run/docker/netns/default')
      .map((point) => `mount ${point}`)
  );
}

/** Where runtimes keep their states: below their default root, or where containerd tells them to. */
const stateRoots = [
  '/run/tsrun',
  '/run/runc',
  '/run/crun',
  '/run/containerd/runc/default',
  '/run/containerd/runc/k8s.io',
  '/run/docker/runtime-runc/moby',
  '/run/containerd/io.containerd.runtime.v2.task/default',
  '/run/containerd/io.containerd.runtime.v2.task/k8s.io',
];

function containerStates(root: string): readonly string[] {
  return stateRoots.flatMap((directory) =>
    subdirectories(root + directory)
      .filter((name) => /^[0-9a-f]{64}$|^box-\d+$|buildah/.test(name))
      .map((name) => `state ${directory}/${name}`),
  );
}

function subdirectories(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return []; // It does not exist, or disappeared meanwhile.
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
