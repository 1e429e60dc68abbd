import { withCgroup } from '../../cgroup/identity.js';
import { thawQuietly } from '../../cgroup/processes/freeze.js';
import { cgroupProcesses } from '../../cgroup/processes/index.js';
import { everyStep } from '../../errors/clean_up.js';
import { undisturbed } from '../../errors/interruption.js';
import { isAlive } from '../../host/process.js';
import { readCheckpointRecord, removeCheckpointRecord } from '../../state/criu/checkpoint_record.js';
import type { ContainerRecord } from '../../state/record.js';
import type { Store } from '../../state/store.js';
import { sys, isSystemError } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import { cgroupOf } from '../cgroup_of.js';
import { unlockNetwork } from './criu/network_lock.js';

const SIGKILL = 9;
/** How many milliseconds a CRIU whose tsrun was killed may take to undo its work, and then to end. */
const timeoutMs = 10_000;

export interface Dumped {
  /** Locked. */
  readonly store: Store;
  readonly record: ContainerRecord;
}

/**
 * Undoes what a checkpoint has left whose tsrun was killed, perhaps together with CRIU. Returns whether there was one. Only then the
 * container is thawed, unless it was paused before.
 */
export async function undoInterruptedDump({ store, record }: Dumped): Promise<boolean> {
  const begun = readCheckpointRecord(store);
  if (begun === null) return false;
  await endCriu({ ...begun.criu, bootId: record.bootId });
  await undoDump({ store, record });
  const cgroup = begun.paused ? null : cgroupOf(record);
  if (cgroup !== null) await withCgroup(cgroup, thawQuietly);
  return true;
}

/**
 * Undoes what a CRIU that was killed has left of a checkpoint: the block of the network, and TCP connections in the state in which CRIU
 * reads them, which send nothing. The kernel itself has let the processes go (ptrace(2)).
 */
export async function undoDump({ store, record }: Dumped): Promise<void> {
  // In this order: a packet that reaches a connection in that state resets it.
  await everyStep([() => endRepairs(record), () => unlockNetwork(record)]);
  removeCheckpointRecord(store);
}

/** CRIU ends when it notices that tsrun has ended, and undoes its work before. */
async function endCriu(criu: Parameters<typeof isAlive>[0]): Promise<void> {
  let pidfd: Fd = -1;
  try {
    if (criu.pid <= 0) return;
    pidfd = sys().openProcess({ pid: criu.pid });
    // Another process may have got the number.
    if (!isAlive(criu)) return;
    const wait = (): PromiseLike<number> | number => undisturbed(() => sys().whenReadable({ fds: [pidfd], timeout: timeoutMs }));
    if ((await wait()) >= 0) return;
    sys().signalProcess({ pidfd, signal: SIGKILL });
    await wait();
  } catch (error) {
    if (!isSystemError(error, 'ESRCH')) throw error;
  } finally {
    if (pidfd >= 0) sys().close({ fd: pidfd });
  }
}

async function endRepairs(record: ContainerRecord): Promise<void> {
  const cgroup = cgroupOf(record);
  const members = cgroup === null ? null : await withCgroup(cgroup, cgroupProcesses);
  const seen = new Set<string>();
  for (const pid of members ?? (isAlive(record) ? [record.pid] : []))
    ifThere(() => {
      endRepairsOf(pid, seen);
    });
}

function endRepairsOf(pid: number, seen: Set<string>): void {
  const pidfd = sys().openProcess({ pid });
  try {
    for (const name of sys().listDirectory({ path: `/proc/${pid}/fd` }))
      ifThere(() => {
        endRepair(pidfd, pid, name, seen);
      });
  } finally {
    sys().close({ fd: pidfd });
  }
}

function endRepair(pidfd: Fd, pid: number, name: string, seen: Set<string>): void {
  const link = sys().readLink({ path: `/proc/${pid}/fd/${name}` });
  if (!link.startsWith('socket:') || seen.has(link)) return;
  seen.add(link);
  const socket = sys().takeFd({ pidfd, fd: Number(name) });
  try {
    sys().endTcpRepair({ socket });
  } finally {
    sys().close({ fd: socket });
  }
}

/** Processes end, and descriptors are closed, while we look. */
function ifThere(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!isSystemError(error, 'ENOENT', 'ESRCH', 'EBADF')) throw error;
  }
}
