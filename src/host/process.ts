import { door, isSystemError } from '../native/call.js';
import { latin1 } from './latin1.js';

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
    return parseStat(latin1(door().readBytes({ path: `/proc/${pid}/stat`, limit: 4096 })));
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

/** Whether the recorded process still runs: the same start time, and neither a zombie nor dead. */
export function isAlive(recorded: { readonly pid: number; readonly startTime: number }): boolean {
  if (recorded.pid <= 0) return false;
  const stat = readProcess(recorded.pid);
  return stat !== null && stat.startTime === recorded.startTime && stat.state !== 'Z' && stat.state !== 'X';
}

/** The second field is the program's name in parentheses and may hold any characters, also `) R 1`: the others follow the last parenthesis. */
export function parseStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', parent: Number(fields[1]), startTime: Number(fields[19]) };
}
