import { jsonRecord, plainText, textRecord } from '../errors/format.js';
import { fromSystem } from '../errors/from_system.js';
import { sys, isSystemError } from '../sys/call.js';
import type { LogTarget } from './options/global.js';
import { jsonEntry, textEntry, type LogEntry } from './log_entry.js';

/**
 * open(2): O_CREAT, O_APPEND, and O_NONBLOCK, which makes open(2) fail with ENXIO on a FIFO without a reader instead of waiting for one.
 */
const appending = 0o100 | 0o2000 | 0o4000;
const standardError = 2;

/** Where a command reports failures and log entries. Its results go to standard output. */
export interface Log {
  /** Reports the failure that ends the command: one entry in the log, and the message for a person on standard error. */
  readonly fail: (error: unknown) => void;
  readonly add: (entry: LogEntry) => void;
}

/**
 * Opens the log that --log and --log-format ask for. A log file is created immediately, because containerd and conmon report a missing one
 * as a failure. It is not kept open, because its descriptor could be counted as one of --preserve-fds.
 */
export function openLog({ file, format }: LogTarget): Log {
  // Kept, because --debug binds a sys that writes to this log.
  const system = sys();
  const write = (text: string): void => {
    if (file === null) system.writeText({ fd: standardError, text });
    else append(file, text);
  };
  const append = (path: string, text: string): void => {
    system.writeFile({ path, text, flags: appending, mode: 0o644 });
  };
  const say = (failures: readonly unknown[]): void => {
    const terminal = system.isTerminal({ fd: standardError });
    try {
      for (const error of failures) system.writeText({ fd: standardError, text: plainText({ error, terminal, logged: file !== null }) });
    } catch {
      // Nobody can read the message; the exit code still reports the failure.
    }
  };
  if (file !== null) openFirst(file, append);
  return {
    fail(error) {
      const entry = { error, time: system.clock().realtime };
      const failures = [error];
      if (file !== null || format === 'json') {
        try {
          write(`${format === 'json' ? jsonRecord(entry) : textRecord(entry)}\n`);
        } catch (cause) {
          failures.push(fromSystem(cause, { code: 'setup', phase: 'command', operation: 'write the log', path: file ?? 'standard error' }));
        }
      }
      // A person reads standard error, unless JSON was asked for.
      if (file !== null || format === 'text') say(failures);
    },
    add(entry) {
      const time = system.clock().realtime;
      write(`${format === 'json' ? jsonEntry(entry, time) : textEntry(entry, time)}\n`);
    },
  };
}

function openFirst(path: string, append: (path: string, text: string) => void): void {
  try {
    append(path, '');
  } catch (error) {
    const hint = isSystemError(error, 'ENXIO')
      ? '--log names a socket, or a FIFO without a reader: start the reader first, or name a file'
      : undefined;
    throw fromSystem(error, { code: 'usage', phase: 'command', operation: 'open', path, ...(hint === undefined ? {} : { hint }) });
  }
}
