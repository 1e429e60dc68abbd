import { sys, isSystemError } from '../sys/call.js';
import { isOfThisBoot } from './boot.js';

/** The part of /proc/<pid>/stat that tsrun uses. */
export interface ProcessStat {
  /** The letter of proc_pid_stat(5), such as R, S, Z. */
  readonly state: string;
  readonly parent: number;
  /** Clock ticks since boot: together with the pid it identifies a process uniquely. */
  readonly startTime: number;
}

/** A process of the host; null if no process has this number. */
export function readProcess(pid: number): ProcessStat | null {
  try {
    return parseStat(sys().readBytes({ path: `/proc/${pid}/stat`, limit: 4096 }));
  } catch (error) {
    // ESRCH: it ended between open(2) and read(2).
    if (isSystemError(error, 'ENOENT', 'ESRCH')) return null;
    throw error;
  }
}

/** The start time of a process that is our child or held by a pidfd; 0 if it is gone. */
export function processStartTime(pid: number): number {
  return readProcess(pid)?.startTime ?? 0;
}

/** A process by the two numbers that identify it uniquely until the next boot. */
export interface ProcessName {
  readonly pid: number;
  readonly startTime: number;
  /** Absent if it is of this boot. */
  readonly bootId?: string | undefined;
}

/** A process of which we hold a pidfd, which tells faster than /proc whether it has ended. */
export interface HeldProcess extends ProcessName {
  hasEnded(): boolean;
}

/**
 * Whether the recorded process still runs: it has the same start time, and is neither a zombie nor dead. Asks `held` if that is the same
 * process.
 */
export function isAlive(recorded: ProcessName, held?: HeldProcess): boolean {
  if (recorded.pid <= 0) return false;
  if (held?.pid === recorded.pid && held.startTime === recorded.startTime) return !held.hasEnded();
  const stat = readProcess(recorded.pid);
  if (stat === null || stat.state === 'Z' || stat.state === 'X') return false;
  return startedAt(recorded.startTime, stat.startTime) && isOfThisBoot(recorded);
}

/**
 * In a time namespace, the kernel adds the namespace's offset to the start times that it shows (time_namespaces(7)); tsrun may be in
 * another one than the tsrun that wrote the record. Only the offset of our own namespace counts, because a container could choose that of
 * its own.
 */
function startedAt(recorded: number, seen: number): boolean {
  if (seen === recorded) return true;
  const offset = ownOffset();
  return offset !== 0 && Math.abs(seen - recorded - offset) < 1;
}

/** In clock ticks (sysconf(3), _SC_CLK_TCK), of which a second has 100 on every processor that tsrun runs on. */
function ownOffset(): number {
  let text: string;
  try {
    text = sys().readText({ path: '/proc/self/timens_offsets', limit: 4096 });
  } catch (error) {
    // A kernel without time namespaces.
    if (isSystemError(error, 'ENOENT')) return 0;
    throw error;
  }
  const [, seconds = '0', nanoseconds = '0'] = /^boottime +(-?\d+) +(\d+)$/m.exec(text) ?? [];
  return Number(seconds) * 100 + Number(nanoseconds) / 1e7;
}

/** PF_EXITING of include/linux/sched.h. */
const exiting = 0x4;

/**
 * Whether a process has begun to end. The init of a pid namespace then waits until the kernel has killed all others in it
 * (`zap_pid_ns_processes`): it is no zombie yet, but has no namespaces that can be joined any more.
 */
export function isEnding(pid: number): boolean {
  try {
    return (flagsOf(sys().readBytes({ path: `/proc/${pid}/stat`, limit: 4096 })) & exiting) !== 0;
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ESRCH')) return true;
    throw error;
  }
}

const closing = 0x29;
const space = 0x20;
const zero = 0x30;

/**
 * The second field is the program's name in parentheses and may contain any bytes, even `) R 1`, so the other fields follow the last
 * parenthesis. They are read in place, because this is called several times in the life of a container.
 */
export function parseStat(stat: Uint8Array): ProcessStat {
  let at = stat.lastIndexOf(closing) + 2;
  const state = String.fromCharCode(stat[at] as number);
  at = skip(stat, at, 1);
  const parent = numberAt(stat, at);
  // From the fourth field to the twenty-second.
  return { state, parent, startTime: numberAt(stat, skip(stat, at, 18)) };
}

/** The ninth field. */
function flagsOf(stat: Uint8Array): number {
  return numberAt(stat, skip(stat, stat.lastIndexOf(closing) + 2, 6));
}

/** Returns where the field that comes `count` fields later begins. */
function skip(stat: Uint8Array, start: number, count: number): number {
  let at = start;
  for (let left = count; left > 0 && at < stat.length; at++) if (stat[at] === space) left--;
  return at;
}

function numberAt(stat: Uint8Array, start: number): number {
  let value = 0;
  for (let at = start; at < stat.length && stat[at] !== space; at++) value = value * 10 + (stat[at] as number) - zero;
  return value;
}
