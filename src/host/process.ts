import { sys, isSystemError } from '../sys/call.js';
import { isOfThisBoot } from './boot.js';

/** What of /proc/<pid>/stat is used. */
export interface ProcessStat {
  /** The letter of proc_pid_stat(5), such as R, S, Z. */
  readonly state: string;
  readonly parent: number;
  /** Clock ticks after boot: with the pid it names a process for good. */
  readonly startTime: number;
}

/** A process of the host; null where there is none of that number. */
export function readProcess(pid: number): ProcessStat | null {
  try {
    return parseStat(sys().readBytes({ path: `/proc/${pid}/stat`, limit: 4096 }));
  } catch (error) {
    // ESRCH: it ended between open(2) and read(2).
    if (isSystemError(error, 'ENOENT', 'ESRCH')) return null;
    throw error;
  }
}

/** The start time of a process that is our child, or held by a pidfd; 0 where it is gone. */
export function processStartTime(pid: number): number {
  return readProcess(pid)?.startTime ?? 0;
}

/** A process by the two numbers that name it for good, as long as the machine is not booted again. */
export interface ProcessName {
  readonly pid: number;
  readonly startTime: number;
  /** Absent where it is of this boot. */
  readonly bootId?: string | undefined;
}

/** A process of which we hold a pidfd, which tells faster than /proc whether it has ended. */
export interface HeldProcess extends ProcessName {
  hasEnded(): boolean;
}

/** Whether the recorded process still runs: the same start time, and neither a zombie nor dead. `held` is asked where it is the same one. */
export function isAlive(recorded: ProcessName, held?: HeldProcess): boolean {
  if (recorded.pid <= 0) return false;
  if (held?.pid === recorded.pid && held.startTime === recorded.startTime) return !held.hasEnded();
  const stat = readProcess(recorded.pid);
  return stat !== null && stat.startTime === recorded.startTime && stat.state !== 'Z' && stat.state !== 'X' && isOfThisBoot(recorded);
}

const closing = 0x29;
const space = 0x20;
const zero = 0x30;

/**
 * The second field is the program's name in parentheses and may hold any bytes, also `) R 1`: the others follow the last parenthesis. They are read in place,
 * since this is asked several times in the life of a container.
 */
export function parseStat(stat: Uint8Array): ProcessStat {
  let at = stat.lastIndexOf(closing) + 2;
  const state = String.fromCharCode(stat[at] as number);
  at = skip(stat, at, 1);
  const parent = numberAt(stat, at);
  // From the fourth field to the twenty-second.
  return { state, parent, startTime: numberAt(stat, skip(stat, at, 18)) };
}

/** Where the field is that comes `count` fields later. */
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
