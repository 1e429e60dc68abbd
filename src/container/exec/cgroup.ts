import { holdCgroup, type CgroupIdentity, type HeldCgroup } from '../../cgroup/identity.js';
import { cannotExecInStopped } from '../../errors/catalogue.js';
import { fromSystem } from '../../errors/from_system.js';
import { RuntimeError, type ErrorDetails } from '../../errors/runtime_error.js';
import { findCgroupMount } from '../../host/mounts/cgroup.js';
import { sys, isSystemError } from '../../sys/call.js';
import type { Child } from '../../init/child.js';
import type { Awaitable, Fd } from '../../sys/contract.js';
import type { ContainerRecord } from '../../state/record.js';
import { cgroupOf } from '../cgroup_of.js';

const O_DIRECTORY = 0o200000;
const O_PATH = 0o10000000;
const RESOLVE_NO_XDEV = 0x01;
const RESOLVE_NO_SYMLINKS = 0x04;
const RESOLVE_BENEATH = 0x08;

export interface SpawnInCgroup {
  readonly record: ContainerRecord;
  /** A cgroup below the container's: --cgroup. */
  readonly asked: string | undefined;
  /** Clones the process into an open cgroup, or, with -1, into the caller's. */
  readonly spawn: (cgroup: Fd) => Awaitable<Child>;
  /** Clones it into the caller's cgroup and has it moved from there, if the caller may not enter that of the container. */
  readonly spawnAndMove?: (() => Promise<Child>) | null;
}

/**
 * Clones a process of `exec` into the container's cgroup, or, if that accepts no processes or is gone, into the cgroup of the container's
 * init. Such a container manages cgroups itself (systemd, dockerd): it moved its processes to the leaves before it enabled controllers for
 * them, as it must (cgroup-v2.rst, "No Internal Process Constraint"). If the caller asked for a cgroup, exec uses that one or fails.
 */
export async function spawnInCgroup({ record, asked, spawn, spawnAndMove = null }: SpawnInCgroup): Promise<Child> {
  const { id } = record;
  const below = asked === undefined ? null : partsBelow(asked);
  const identity = cgroupOf(record);
  if (identity === null) return spawnInto({ id, cgroup: -1, spawn });
  const held = holdCgroup({ identity });
  try {
    if (below !== null) return await spawnBelow({ id, held, identity, below, spawn });
    if (held !== null) return await spawnInto({ id, cgroup: held.fd, path: held.directory, spawn });
  } catch (error) {
    if (below !== null || !(error instanceof RuntimeError)) throw error;
    if (spawnAndMove !== null && isSystemError(error.cause, 'EACCES')) return await spawnAndMove();
    if (!takesNone(error.cause)) throw error;
  } finally {
    if (held !== null) sys().close({ fd: held.fd });
  }
  return spawnByInit(record, spawn);
}

interface SpawnBelow {
  readonly id: string;
  /** Null if it is gone, or if another cgroup took its place. */
  readonly held: HeldCgroup | null;
  readonly identity: CgroupIdentity;
  readonly below: readonly string[];
  readonly spawn: SpawnInCgroup['spawn'];
}

/** Only existing cgroups below the container's. */
async function spawnBelow({ id, held, identity: { directory }, below, spawn }: SpawnBelow): Promise<Child> {
  const path = [directory, ...below].join('/');
  if (held === null) throw gone(path);
  if (below.length === 0) return spawnInto({ id, cgroup: held.fd, path, spawn });
  return spawnIn({ id, directory: held.fd, below: below.join('/'), path, spawn });
}

/** A path outside the container's cgroup would escape its limits. */
function partsBelow(asked: string): readonly string[] {
  const parts = asked.split('/').filter((part) => part !== '' && part !== '.');
  if (!parts.includes('..')) return parts;
  throw new RuntimeError(`exec in cgroup "${asked}": must not leave the container's cgroup`, {
    code: 'usage',
    phase: 'exec',
    operation: 'cgroup',
    path: asked,
  });
}

/**
 * Whether a cgroup accepts no processes. EBUSY: it has controllers for its children. ENOENT: it is gone, either for openat2(2) or for
 * clone3(2) with a descriptor from before. ENODEV: it is being removed. A process is moved into a frozen one by its `cgroup.procs`.
 */
function takesNone(error: unknown): boolean {
  if (!isSystemError(error, 'EBUSY', 'ENOENT', 'ENODEV')) return false;
  return error.call === 'openat2' || error.call === 'clone3' || error.subject === 'cgroup.procs';
}

/** Enters a cgroup below an open directory, never through a link or through something mounted over a part of the hierarchy. */
async function spawnIn({
  id,
  directory,
  below,
  path,
  spawn,
}: {
  readonly id: string;
  readonly directory: Fd;
  readonly below: string;
  readonly path: string;
  readonly spawn: SpawnInCgroup['spawn'];
}): Promise<Child> {
  let cgroup: Fd;
  try {
    cgroup = sys().open({ path: below, directory, flags: O_DIRECTORY, resolve: RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV });
  } catch (error) {
    throw failed(error, { operation: 'open cgroup', path });
  }
  try {
    return await spawnInto({ id, cgroup, path, spawn });
  } finally {
    sys().close({ fd: cgroup });
  }
}

async function spawnInto({
  id,
  cgroup,
  path,
  spawn,
}: {
  readonly id: string;
  readonly cgroup: Fd;
  readonly path?: string;
  readonly spawn: SpawnInCgroup['spawn'];
}): Promise<Child> {
  try {
    return await spawn(cgroup);
  } catch (error) {
    throw path !== undefined && takesNone(error) ? failed(error, { operation: 'enter cgroup', path }) : failed(error, { path: id });
  }
}

/** Enters the cgroup of the container's init as /proc shows it: the line of the unified hierarchy, `0::/path` (cgroups(7)). */
async function spawnByInit({ id, pid }: ContainerRecord, spawn: SpawnInCgroup['spawn']): Promise<Child> {
  const path = `/proc/${pid}/cgroup`;
  let text: string;
  try {
    text = sys().readText({ path, limit: 65536 });
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ESRCH')) throw cannotExecInStopped(id);
    throw failed(error, { operation: 'read', path });
  }
  const own = text
    .split('\n')
    .find((line) => line.startsWith('0::/'))
    ?.slice(3);
  // cgroups(7) marks a removed cgroup this way; a running container has one.
  if (own?.endsWith(' (deleted)') === true) throw cannotExecInStopped(id);
  const mount = findCgroupMount();
  // Without a known cgroup the process would escape the container's limits. `/..`: it is above the root of our own cgroup namespace
  // (cgroup_namespaces(7)).
  if (own === undefined || mount === null || own === '/..' || own.startsWith('/../')) {
    const reason =
      mount === null ? 'no cgroup v2 hierarchy is mounted' : `its cgroup cannot be reached from here: ${own ?? 'none of cgroup v2'}`;
    throw new RuntimeError(`find cgroup of process ${pid}: ${reason}`, { code: 'setup', phase: 'exec', operation: 'find cgroup', path });
  }
  const hierarchy = sys().open({ path: mount, flags: O_PATH | O_DIRECTORY });
  try {
    return await spawnIn({ id, directory: hierarchy, below: `.${own}`, path: `${mount}${own}`, spawn });
  } finally {
    sys().close({ fd: hierarchy });
  }
}

function gone(path: string): RuntimeError {
  return new RuntimeError(`open cgroup "${path}": no such file or directory (ENOENT)`, {
    code: 'setup',
    phase: 'exec',
    operation: 'open cgroup',
    path,
    errno: 'ENOENT',
    hint: removedHint,
  });
}

function failed(error: unknown, details: Pick<ErrorDetails, 'operation' | 'path'>): RuntimeError {
  const hint = hintFor(error);
  return fromSystem(error, { code: 'setup', phase: 'exec', ...details, ...(hint === undefined ? {} : { hint }) });
}

function hintFor(error: unknown): string | undefined {
  if (!takesNone(error)) return undefined;
  if (isSystemError(error, 'EBUSY'))
    return 'it has controllers enabled for its children, so it accepts no processes: name a cgroup below it with --cgroup';
  return removedHint;
}

const removedHint = "it was removed or never existed: --cgroup (in a program: cgroup) needs an existing cgroup below the container's";
