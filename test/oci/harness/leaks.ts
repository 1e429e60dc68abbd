import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** Everything on the machine that still carries the mark: processes, mounts, cgroups, and what is in the state root. */
export function leftovers(mark: string, stateRoot: string): readonly string[] {
  return [...processes(mark), ...mounts(mark), ...cgroups(mark), ...stateDirectories(mark, stateRoot)];
}

function processes(mark: string): readonly string[] {
  const found: string[] = [];
  const own = readlinkSync('/proc/self/ns/mnt');
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    // A zombie is its parent's to reap.
    if (/^State:\s+Z/m.test(read(`/proc/${pid}/status`))) continue;
    const traces = [read(`/proc/${pid}/cmdline`), read(`/proc/${pid}/environ`), read(`/proc/${pid}/cgroup`)];
    // The mounts of a process in our own mount namespace are our own.
    if (link(`/proc/${pid}/ns/mnt`) !== own) traces.push(read(`/proc/${pid}/mountinfo`));
    if (traces.some((text) => text.includes(mark))) found.push(`process ${pid}: ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`);
  }
  return found;
}

function mounts(mark: string): readonly string[] {
  return read('/proc/self/mountinfo')
    .split('\n')
    .filter((line) => line.includes(mark))
    .map((line) => `mount ${line}`);
}

function cgroups(mark: string): readonly string[] {
  return cgroupMounts().flatMap((mount) => directoriesWith(mark, mount));
}

/** The mount points of all cgroup hierarchies, old and new. */
export function cgroupMounts(): readonly string[] {
  return read('/proc/self/mountinfo')
    .split('\n')
    .filter((line) => / - cgroup2? /.test(line))
    .map((line) => line.split(' ')[4] ?? '')
    // Another mount may cover a hierarchy.
    .filter((path) => existsSync(`${path}/cgroup.procs`));
}

function directoriesWith(mark: string, directory: string): readonly string[] {
  let entries;
  try {
    entries = readdirSync(directory, { withFileTypes: true });
  } catch {
    return []; // Removed while we look.
  }
  return entries
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => (entry.name.includes(mark) ? [`cgroup ${directory}/${entry.name}`] : directoriesWith(mark, `${directory}/${entry.name}`)));
}

function stateDirectories(mark: string, stateRoot: string): readonly string[] {
  if (!existsSync(stateRoot)) return [];
  return readdirSync(stateRoot)
    .filter((name) => name.includes(mark))
    .map((name) => `state ${stateRoot}/${name}`);
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
