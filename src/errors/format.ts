import { isSystemError } from '../sys/call.js';
import type { SystemError } from '../sys/contract.js';
import { fromSystem } from './from_system.js';
import { printable } from './printable.js';
import { RuntimeError } from './runtime_error.js';

export interface LogEntry {
  readonly error: unknown;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/**
 * Returns one line of the JSON log: the three fields of runc that engines decode (time must be RFC 3339), then everything else that is
 * known. A run writes at most one line, because conmon parses the whole file as one object.
 */
export function jsonRecord({ error, time }: LogEntry): string {
  const known = asRuntimeError(error);
  const record = JSON.stringify({
    level: 'error',
    msg: known.message,
    time: seconds(time),
    code: known.code,
    phase: known.phase,
    operation: known.operation,
    path: known.path,
    errno: known.errno,
    hint: known.hint,
    exitCode: known.exitCode,
    ...(known.suppressed.length === 0 ? {} : { suppressed: known.suppressed.map(({ message }) => message) }),
  });
  return printable(record);
}

/** Returns one line of the text log, as logrus writes it: `time="..." level=error msg="..."`. */
export function textRecord({ error, time }: LogEntry): string {
  return `time=${logrusValue(seconds(time))} level=error msg=${logrusValue(asRuntimeError(error).message)}`;
}

export interface PlainText {
  readonly error: unknown;
  /** Whether a person reads it immediately. */
  readonly terminal: boolean;
  /** Whether there is a log file. Callers that ask for one, such as engines, prefix the program's name to what tsrun writes here. */
  readonly logged?: boolean;
}

/**
 * Returns what goes to standard error: the message and the hint, if there is one. On a terminal the hint gets its own line; otherwise it
 * follows the message, because engines and logs often keep only the last line.
 */
export function plainText({ error, terminal, logged = false }: PlainText): string {
  const { message, hint, suppressed } = asRuntimeError(error);
  const notes = [
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
    ...suppressed.map((further) => `while cleaning up: ${further.message}`),
  ].map(printable);
  // runc does not print its name either if there is a log.
  return `${logged ? '' : 'tsrun: '}${printable(message)}${notes.map((note) => (terminal ? `\n  ${note}` : ` (${note})`)).join('')}\n`;
}

/**
 * Returns whatever was thrown as a RuntimeError. An unexpected failure of a system call is blamed on the machine (out of descriptors, out
 * of memory, a file system with errors); anything else is a bug in tsrun.
 */
export function asRuntimeError(error: unknown): RuntimeError {
  if (error instanceof RuntimeError) return error;
  const failed = isSystemError(error) ? error : systemErrorOfNode(error);
  if (failed !== null) return fromSystem(failed, { code: 'setup', phase: 'command' });
  const message = error instanceof Error ? error.message : String(error);
  // QuickJS throws these when a limit of this process leaves it no memory or stack.
  if (message === 'out of memory' || message === 'stack overflow') {
    return new RuntimeError(`run tsrun: ${message}`, {
      code: 'setup',
      phase: 'command',
      hint: 'the memory or stack limit of tsrun is too low (ulimit -v, -d, -s), or its input is too large',
      cause: error,
    });
  }
  return new RuntimeError(message, { code: 'internal', phase: 'command', hint: 'this is a bug in tsrun; please report it', cause: error });
}

function seconds(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

/** logrus leaves words of these characters unquoted and writes others in Go's %q notation. */
function logrusValue(text: string): string {
  return /^[A-Za-z0-9\-._/@^+]+$/.test(text) ? text : goQuote(text);
}

const shortEscapes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** Quotes like strconv.Quote of Go: the log entry stays on one line and moves no cursor, whatever the message contains. */
function goQuote(text: string): string {
  const escaped = text.replace(/["\\\x00-\x1f\x7f]/g, (character) => {
    if (character === '"' || character === '\\') return `\\${character}`;
    return shortEscapes[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `"${printable(escaped)}"`;
}

/** Node.js loads the addon with its own system calls, whose errors have other properties (Node.js, "Class: SystemError"). */
function systemErrorOfNode(error: unknown): SystemError | null {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error) || !('errno' in error)) return null;
  const path = 'path' in error ? String(error.path) : '';
  return Object.assign(new Error(error.message), {
    code: String(error.code),
    errno: Math.abs(Number(error.errno)),
    call: String(error.syscall),
    subject: path,
  });
}
