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
 * One line of the JSON log: runc's three fields, which engines decode (time must be RFC 3339), then everything else that is known. conmon parses the whole file
 * as one object, so a run writes at most one.
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

/** One line of the text log, as logrus writes it: `time="..." level=error msg="..."`. */
export function textRecord({ error, time }: LogEntry): string {
  return `time=${logrusValue(seconds(time))} level=error msg=${logrusValue(asRuntimeError(error).message)}`;
}

export interface PlainText {
  readonly error: unknown;
  /** Whether a person reads it at once. */
  readonly terminal: boolean;
  /** Whether somebody keeps a log file, and says the program's name himself: engines do, in front of what they read here. */
  readonly logged?: boolean;
}

/**
 * What standard error gets: the message and, where there is one, the hint: on a terminal on a line of its own; else behind the message, since engines and
 * logs often keep the last line only.
 */
export function plainText({ error, terminal, logged = false }: PlainText): string {
  const { message, hint, suppressed } = asRuntimeError(error);
  const notes = [
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
    ...suppressed.map((further) => `while cleaning up: ${further.message}`),
  ].map(printable);
  // runc has no name in front either where there is a log.
  return `${logged ? '' : 'tsrun: '}${printable(message)}${notes.map((note) => (terminal ? `\n  ${note}` : ` (${note})`)).join('')}\n`;
}

/**
 * Whatever was thrown, as a RuntimeError. A system call that failed where nobody expects it is the machine's doing (no descriptors, no memory, a file system
 * with errors); anything else is a bug in tsrun.
 */
export function asRuntimeError(error: unknown): RuntimeError {
  if (error instanceof RuntimeError) return error;
  const failed = isSystemError(error) ? error : systemErrorOfNode(error);
  if (failed !== null) return fromSystem(failed, { code: 'setup', phase: 'command' });
  const message = error instanceof Error ? error.message : String(error);
  // What QuickJS throws when a limit of this process leaves it no room.
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

/** logrus leaves words of these characters bare and writes others in Go's %q notation. */
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

/** strconv.Quote of Go: a log line stays one line, and moves no cursor, whatever the message holds. */
function goQuote(text: string): string {
  const escaped = text.replace(/["\\\x00-\x1f\x7f]/g, (character) => {
    if (character === '"' || character === '\\') return `\\${character}`;
    return shortEscapes[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `"${printable(escaped)}"`;
}

/** Node.js loads chunks of the command with system calls of its own; its errors name them otherwise (Node.js, "Class: SystemError"). */
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
