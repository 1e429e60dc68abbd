/** Detects what a test run must not leave behind: mounts, cgroups, network namespaces, directories in /run, processes. */
import { readFileSync, readdirSync, readlinkSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

/** Set in the environment of everything that the tests start, to recognize it later. */
export const mark = { name: 'TSRUN_TEST_RUN', value: `${process.pid}-${Date.now()}` };

/** For reading what may disappear meanwhile. */
function attempt(read, absent) {
  try {
    return read();
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'ENOTDIR', 'EINVAL'].includes(error.code)) return absent;
    throw error;
  }
}

const mountInfo = () =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
/** ip-netns(8) mounts it at its first use on a machine, and keeps it. */
const namedNamespaces = '/run/netns';
const mountPoints = () =>
  mountInfo()
    .map((fields) => fields[4])
    .filter((path) => path !== namedNamespaces);

function cgroups() {
  const mount = mountInfo().find((fields) => fields[fields.indexOf('-') + 1] === 'cgroup2')?.[4];
  if (mount === undefined) return [];
  const below = (directory) =>
    attempt(() => readdirSync(directory, { withFileTypes: true }), [])
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(directory, entry.name))
      .flatMap((path) => [path, ...below(path)]);
  return below(mount);
}

const processes = () => readdirSync('/proc').filter((name) => /^\d+$/.test(name));
const namespace = (pid, kind) => attempt(() => readlinkSync(`/proc/${pid}/ns/${kind}`), '');
const namespaces = () => new Set(processes().flatMap((pid) => [namespace(pid, 'net'), namespace(pid, 'pid'), namespace(pid, 'mnt')]));
const runDirectories = () =>
  ['/run', '/run/tsrun', namedNamespaces]
    .flatMap((directory) => attempt(() => readdirSync(directory), []).map((name) => join(directory, name)))
    .filter((path) => path !== namedNamespaces);

/** Removes the command's empty default root, left by an earlier use, which would hide that a test creates it. */
export function removeEmptyRoot() {
  try {
    rmdirSync('/run/tsrun');
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY'].includes(error.code)) throw error;
  }
}

export function takeSnapshot() {
  return { mounts: mountPoints(), cgroups: new Set(cgroups()), namespaces: namespaces(), run: new Set(runDirectories()) };
}

/** Processes with our mark, and those in new namespaces: a container's process has an environment of its own. */
function strayProcesses(known) {
  return processes()
    .filter((pid) => Number(pid) !== process.pid)
    .filter((pid) => {
      const environment = attempt(() => readFileSync(`/proc/${pid}/environ`, 'utf8'), '');
      if (environment.split('\0').includes(`${mark.name}=${mark.value}`)) return true;
      return ['net', 'pid', 'mnt'].map((kind) => namespace(pid, kind)).some((name) => name !== '' && !known.has(name));
    })
    .map((pid) => `process ${pid}: ${attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'), '').replaceAll('\0', ' ')}`);
}

/** One line for each thing that exists now and did not before. */
export function leftovers(before) {
  const mountsBefore = [...before.mounts];
  const newMounts = mountPoints().filter((path) => {
    const at = mountsBefore.indexOf(path);
    if (at >= 0) mountsBefore.splice(at, 1);
    return at < 0;
  });
  return [
    ...newMounts.map((path) => `mount ${path}`),
    ...cgroups()
      .filter((path) => !before.cgroups.has(path))
      .map((path) => `cgroup ${path}`),
    ...runDirectories()
      .filter((path) => !before.run.has(path))
      .map((path) => `file ${path}`),
    ...strayProcesses(before.namespaces),
  ];
}
