import { existsSync, readFileSync, readdirSync, readlinkSync, rmSync, rmdirSync, statSync } from 'node:fs';
import { newPath } from './scratch.js';

/** Something on the machine that still carries the mark of a test file. */
export interface Leftover {
  readonly what: string;
  /** Removes it; fails if it is still in use. */
  remove(): void;
}

/** Processes, mounts, cgroups, and what is in the state root; in the order in which they can be removed. */
export function leftovers(mark: string, stateRoot: string): readonly Leftover[] {
  return [...processes(mark), ...mounts(mark), ...cgroups(mark), ...stateDirectories(mark, stateRoot)];
}

/**
 * A command in front of the runtime that compares the mounts before and after it: in a mount namespace of its own, because others mount
 * things on the host, too. Its mounts are shared, as systemd makes those of a host, so that what is mounted in a copy comes back.
 */
export function sameMounts(): { readonly wrapper: readonly string[]; readonly mounts: () => readonly [before: string, after: string] } {
  const [before, after] = [newPath('.before'), newPath('.after')];
  const look = 'cat /proc/self/mountinfo >';
  const script = `mount --make-rshared / || exit; ${look} ${before}; "$@"; code=$?; ${look} ${after}; exit $code`;
  return {
    wrapper: ['unshare', '-m', '--propagation', 'private', 'sh', '-c', script, 'sh'],
    mounts: () => [readFileSync(before, 'utf8'), readFileSync(after, 'utf8')],
  };
}

function processes(mark: string): readonly Leftover[] {
  const ids = processIds().filter((pid) => Number(pid) !== process.pid && !isOlder(pid));
  // Mounts in our own mount namespace are our own. A namespace of another file's processes may have been copied from it.
  const untold = new Set(['self', ...ids.filter((pid) => isOfAnother(pid, mark))].map((pid) => link(`/proc/${pid}/ns/mnt`)));
  return ids
    .filter((pid) => isOurs(pid, mark, untold))
    .map((pid) => ({
      what: `process ${pid}: ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`,
      remove: () => process.kill(Number(pid), 'SIGKILL'),
    }));
}

function processIds(): readonly string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
}

/** When a process was started, in ticks since the machine was (proc_pid_stat(5)); its name may contain anything. */
function startTime(pid: string): string | undefined {
  return read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ')[19];
}

/**
 * The processes that are older than this file of tests, whose mark was unknown then: all traces of a process are read after each test, and
 * most processes of a machine, such as the kernel's threads, are older. The start time tells a new process with the same id.
 */
const older = new Map(processIds().map((pid) => [pid, startTime(pid)]));

function isOlder(pid: string): boolean {
  const started = older.get(pid);
  return started !== undefined && started === startTime(pid);
}

/** Whether another file of tests started it (runtime.ts), as a stage of scripts/test.sh that runs beside this one does. */
function isOfAnother(pid: string, mark: string): boolean {
  return read(`/proc/${pid}/environ`)
    .split('\0')
    .some((one) => one.startsWith('TSRUN_TEST=') && !one.includes(mark));
}

/** @param untold - mount namespaces whose mounts say nothing about their processes */
function isOurs(pid: string, mark: string, untold: ReadonlySet<string>): boolean {
  // Only its parent can reap a zombie.
  if (/^State:\s+Z/m.test(read(`/proc/${pid}/status`))) return false;
  const traces = [read(`/proc/${pid}/cmdline`), read(`/proc/${pid}/environ`), read(`/proc/${pid}/cgroup`)];
  if (!untold.has(link(`/proc/${pid}/ns/mnt`))) traces.push(read(`/proc/${pid}/mountinfo`));
  return traces.some((text) => text.includes(mark));
}

/** Mounts are only reported: unmounting the wrong one would be another mistake. */
function mounts(mark: string): readonly Leftover[] {
  return read('/proc/self/mountinfo')
    .split('\n')
    .filter((line) => line.includes(mark))
    .map((line) => ({ what: `mount ${line}`, remove: () => undefined }));
}

function cgroups(mark: string): readonly Leftover[] {
  return cgroupMounts()
    .flatMap((mount) => directoriesWith(mark, mount))
    .map((path) => ({ what: `cgroup ${path}`, remove: () => removeCgroup(path) }));
}

/** The mount points of all cgroup hierarchies, old and new. */
function cgroupMounts(): readonly string[] {
  return (
    read('/proc/self/mountinfo')
      .split('\n')
      .filter((line) => / - cgroup2? /.test(line))
      .map((line) => line.split(' ')[4] ?? '')
      // Another mount may cover a hierarchy.
      .filter((path) => existsSync(`${path}/cgroup.procs`))
  );
}

function directoriesWith(mark: string, directory: string): readonly string[] {
  // The number of links tells whether there are subdirectories: the kernel counts them for a cgroup. Most have none.
  if (linksOf(directory) <= 2) return [];
  return subdirectories(directory).flatMap((name) =>
    name.includes(mark) ? [`${directory}/${name}`] : directoriesWith(mark, `${directory}/${name}`),
  );
}

function linksOf(directory: string): number {
  return statSync(directory, { throwIfNoEntry: false })?.nlink ?? 0;
}

function removeCgroup(path: string): void {
  for (const name of subdirectories(path)) removeCgroup(`${path}/${name}`);
  rmdirSync(path);
}

function subdirectories(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return []; // Removed while we look.
  }
}

function stateDirectories(mark: string, stateRoot: string): readonly Leftover[] {
  if (!existsSync(stateRoot)) return [];
  return readdirSync(stateRoot)
    .filter((name) => name.includes(mark))
    .map((name) => ({ what: `state ${stateRoot}/${name}`, remove: () => rmSync(`${stateRoot}/${name}`, { recursive: true }) }));
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // The process is gone.
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
