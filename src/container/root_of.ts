import { RuntimeError } from '../errors/runtime_error.js';
import { openInRoot, openRoot } from '../host/open_in_root.js';
import { isSystemError, sys } from '../sys/call.js';
import type { Fd } from '../sys/contract.js';
import type { ContainerReference } from './options.js';
import { stateOf } from './state/index.js';

/** How the ids of a user namespace relate to those of this program. */
export interface IdMap {
  /** null if the namespace has no such id here. */
  readonly toHost: (id: number) => number | null;
  /** null if the namespace does not have this id. */
  readonly toContainer: (id: number) => number | null;
}

/** The root directory of a container's init, with all mounts of the container, and its ids. */
export interface ContainerRoot {
  readonly uids: IdMap;
  readonly gids: IdMap;
  /** As {@link openInRoot}; the caller closes it. */
  readonly open: (path: string) => Fd;
  readonly close: () => void;
}

/** More than the 340 lines that the kernel allows. */
const longestMap = 65_536;

/**
 * Opens it; the caller closes it.
 * @throws RuntimeError `not-running` if the container has no process, `wrong-state` while it is being created
 * @throws SystemError without rights over it
 */
export function openRootOf(method: string, reference: ContainerReference): ContainerRoot {
  const { status, pid } = stateOf(reference);
  if (status === 'creating') {
    throw new RuntimeError(`${method}: the container is still being created`, { code: 'wrong-state', phase: 'command', operation: method });
  }
  if (status === 'stopped') throw rootIsGone(method);
  let fd: Fd = -1;
  try {
    fd = openRoot(`/proc/${pid}/root`);
    const uids = parseIdMap(sys().readText({ path: `/proc/${pid}/uid_map`, limit: longestMap }));
    const gids = parseIdMap(sys().readText({ path: `/proc/${pid}/gid_map`, limit: longestMap }));
    // The same process, by its start time, before and after: nobody else had its pid in between.
    const after = stateOf(reference);
    if (after.status === 'stopped' || after.pid !== pid) throw rootIsGone(method);
    return { uids, gids, open: (path) => openInRoot(fd, path), close: () => sys().close({ fd }) };
  } catch (error) {
    if (fd >= 0) sys().close({ fd });
    // Its last thread is gone.
    throw isSystemError(error, 'ENOENT', 'ESRCH') ? rootIsGone(method) : error;
  }
}

/** Reads a file such as /proc/PID/uid_map, whose second column is in the reader's user namespace (user_namespaces(7)). */
export function parseIdMap(text: string): IdMap {
  const lines = text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const mapped = (from: 0 | 1, to: 0 | 1, id: number): number | null => {
    for (const line of lines) {
      const offset = id - (line[from] ?? NaN);
      if (offset >= 0 && offset < (line[2] ?? NaN)) return (line[to] ?? NaN) + offset;
    }
    return null;
  };
  return { toHost: (id) => mapped(0, 1, id), toContainer: (id) => mapped(1, 0, id) };
}

/** The file system of a stopped container cannot be reached through its init. */
export function rootIsGone(method: string): RuntimeError {
  return new RuntimeError(`${method}: the container has stopped`, {
    code: 'not-running',
    phase: 'command',
    operation: method,
    hint: 'the file system of a container is there while it is created, running or paused; afterwards use its root file system on the host',
  });
}
