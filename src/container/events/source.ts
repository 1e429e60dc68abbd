import { holdCgroup, type HeldCgroup } from '../../cgroup/identity.js';
import { containerNotRunning } from '../../errors/catalogue.js';
import { fromSystem } from '../../errors/from_system.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import type { ContainerRecord } from '../../state/record.js';
import { sys, isSystemError } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import { cgroupOf } from '../cgroup_of.js';
import type { ContainerReference } from '../options.js';
import { cgroupIsGone, hasNoCgroup } from './no_cgroup.js';
import { runs } from './stats.js';

/** What events of a container come from. */
export interface EventSource {
  readonly record: ContainerRecord;
  readonly held: HeldCgroup;
  /** The container's init. */
  readonly pidfd: Fd;
  /** Readable when `memory.events` has changed; -1 without the memory controller, where the kernel counts nothing. */
  readonly memory: Fd;
}

/** Opens them; `close` closes what has been opened. Everything is proved to be of this container, and not of a later one. */
export function openSource(reference: ContainerReference, record: ContainerRecord): EventSource & { readonly close: () => void } {
  if (!runs(reference, record)) throw containerNotRunning(reference.id);
  const cgroup = cgroupOf(record);
  if (cgroup === null) throw hasNoCgroup();
  const opened: Fd[] = [];
  const close = (): void => {
    for (const fd of opened.splice(0)) sys().close({ fd });
  };
  try {
    const pidfd = openInit(reference, record.pid);
    opened.push(pidfd);
    // The pid may have been reused before it was opened; the start time decides.
    if (!runs(reference, record)) throw containerNotRunning(reference.id);
    const held = holdCgroup({ identity: cgroup });
    if (held === null) throw sys().hasEnded({ pidfd }) ? containerNotRunning(reference.id) : cgroupIsGone(cgroup.directory);
    opened.push(held.fd);
    const memory = watchMemory(held);
    if (memory >= 0) opened.push(memory);
    return { record, held, pidfd, memory, close };
  } catch (error) {
    close();
    throw error;
  }
}

function openInit({ id }: ContainerReference, pid: number): Fd {
  try {
    return sys().openProcess({ pid });
  } catch (error) {
    if (isSystemError(error, 'ESRCH')) throw containerNotRunning(id);
    throw fromSystem(error, { code: 'setup', phase: 'signal', operation: 'open the container process', path: String(pid) });
  }
}

/** The path only says when to look again: what is read is of the held cgroup. */
function watchMemory({ directory }: HeldCgroup): Fd {
  const path = `${directory}/memory.events`;
  try {
    return sys().watchFile({ path });
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return -1;
    const details = { code: 'setup', phase: 'cgroup', operation: 'watch', path } as const;
    if (!isSystemError(error, 'EMFILE', 'ENOSPC')) throw fromSystem(error, details);
    // inotify(7) has limits of its own for each user.
    throw new RuntimeError(`watch "${path}": this user watches too many files (${error.code})`, {
      ...details,
      errno: error.code,
      hint: 'raise fs.inotify.max_user_instances and fs.inotify.max_user_watches (sysctl)',
      cause: error,
    });
  }
}
