import { openHierarchy } from '../../cgroup/tree/hierarchy.js';
import { fromSystem } from '../../errors/from_system.js';
import { sys, isSystemError } from '../../sys/call.js';
import { reapEnded } from '../../sys/reap_ended.js';
import type { Fd } from '../../sys/contract.js';
import { firstOwnDescriptor } from '../../plan/context.js';
import type { Child } from '../../init/child.js';
import { openNull } from '../../init/streams.js';
import { spawn } from '../../init/spawn.js';

/** The descriptors that are passed come after the socket. */
const firstHanded = firstOwnDescriptor(0) + 1;

export interface Reaper {
  /** The mount point of the hierarchy, which is held open from now on. */
  readonly mount: string;
  /** A cgroup below it, to remove together with its children. */
  readonly directory: string;
  /** Directories above it, outermost first, to remove if they are empty. */
  readonly parents: readonly string[];
}

/**
 * Starts a process that removes cgroups after we end, for whatever reason: it waits for the end of our socket to it. It has its own
 * session, so that a terminal's keys do not end it. It removes only what carries our claim, because by then the paths may lead to cgroups
 * of others.
 */
export async function spawnReaper({ mount, directory, parents }: Reaper): Promise<Child> {
  const opened: Fd[] = [];
  try {
    const nothing = openNull(opened);
    const hierarchy = openHierarchy(mount);
    opened.push(hierarchy);
    const below = (path: string): string => path.slice(mount.length).replace(/^\/+/, '');
    return await spawn({ cloneFlags: 0, cgroup: -1, fds: [hierarchy], stdio: [nothing, nothing, nothing], preserve: 0, here: false }, [
      { op: 'newSession', terminal: 0 },
      { op: 'reaper', hierarchy: firstHanded, directory: below(directory), parents: [...parents].reverse().map(below) },
    ]);
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'spawn', path: 'reaper' });
  } finally {
    for (const fd of opened) sys().close({ fd });
  }
}

/** How many milliseconds it gets for its work. */
const timeoutMs = 10_000;
const SIGCONT = 18;

/** Lets it do its work and end. */
export async function dismissReaper(reaper: Child): Promise<void> {
  const { pidfd } = reaper;
  reaper.closeSocket();
  // Somebody may have stopped it.
  signal(pidfd, SIGCONT);
  if ((await sys().whenReadable({ fds: [pidfd], timeout: timeoutMs })) < 0) return reaper.killAndReap();
  await reapEnded(pidfd);
  sys().close({ fd: pidfd });
}

function signal(pidfd: Fd, number: number): void {
  try {
    sys().signalProcess({ pidfd, signal: number });
  } catch (error) {
    if (!isSystemError(error, 'ESRCH')) throw error;
  }
}
