import { existsSync, readFileSync, readdirSync, readlinkSync, rmSync, rmdirSync } from 'node:fs';

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

function processes(mark: string): readonly Leftover[] {
  const own = readlinkSync('/proc/self/ns/mnt');
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => isOurs(pid, mark, own))
    .map((pid) => ({
      what: `process ${pid}: ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`,
      remove: () => process.kill(Number(pid), 'SIGKILL'),
    }));
}

function isOurs(pid: string, mark: string, ownMounts: string): boolean {
  // Only its parent can reap a zombie.
  if (/^State:\s+Z/m.test(read(`/proc/${pid}/status`))) return false;
  const traces = [read(`/proc/${pid}/cmdline`), read(`/proc/${pid}/environ`), read(`/proc/${pid}/cgroup`)];
  // Mounts in our own mount namespace are our own.
  if (link(`/proc/${pid}/ns/mnt`) !== ownMounts) traces.push(read(`/proc/${pid}/mountinfo`));
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
  return subdirectories(directory).flatMap((name) =>
    name.includes(mark) ? [`${directory}/${name}`] : directoriesWith(mark, `${directory}/${name}`),
  );
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
