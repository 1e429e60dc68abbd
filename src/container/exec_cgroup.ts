import { fromSystem } from '../errors/from_system.js';
import { RuntimeError } from '../errors/runtime-error.js';
import { findCgroupMount } from '../host/cgroup_mount.js';
import { door, isSystemError } from '../native/call.js';
import type { Fd } from '../native/contract.js';
import type { ContainerRecord } from '../state/record.js';

const O_DIRECTORY = 0o200000;

/**
 * Where processes of `exec` may be born, best first: the container's cgroup, or a sub-cgroup that was asked for; where that is gone or may not hold processes (its
 * own manager moved them below, so that it is no leaf), the cgroup in which the container's init is.
 * @returns an open directory, or -1 where the container has no cgroup.
 */
export function openExecCgroup(record: ContainerRecord, asked: string | undefined): Fd {
  if (record.cgroup === null) return -1;
  if (asked !== undefined) return openSubCgroup(record.cgroup, asked);
  try {
    return door().open({ path: record.cgroup, flags: O_DIRECTORY });
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw fromSystem(error, { code: 'setup', phase: 'exec', operation: 'open cgroup', path: record.cgroup });
    return openInitCgroup(record);
  }
}

/** The cgroup of the container's init as /proc tells it: the line of the unified hierarchy, `0::/path`. */
export function openInitCgroup(record: ContainerRecord): Fd {
  const text = door().readText({ path: `/proc/${record.pid}/cgroup`, limit: 65536 });
  const line = text.split('\n').find((entry) => entry.startsWith('0::/'));
  const mount = findCgroupMount();
  if (line === undefined || mount === null) return -1;
  const path = `${mount}${line.slice(3)}`;
  try {
    return door().open({ path, flags: O_DIRECTORY });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'exec', operation: 'open cgroup', path });
  }
}

/** Only existing cgroups below the container's: a path that leaves it would escape its limits. */
function openSubCgroup(cgroup: string, asked: string): Fd {
  const parts = asked.split('/').filter((part) => part !== '' && part !== '.');
  const path = [cgroup, ...parts].join('/');
  if (parts.includes('..')) {
    throw new RuntimeError(`exec in cgroup "${asked}": must not leave the container's cgroup`, { code: 'usage', phase: 'exec', operation: 'cgroup', path: asked });
  }
  try {
    return door().open({ path, flags: O_DIRECTORY });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'exec', operation: 'open cgroup', path, hint: "the sub-cgroup must exist below the container's" });
  }
}
