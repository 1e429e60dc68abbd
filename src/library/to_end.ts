import type { Readable, Writable } from 'node:stream';
import type { ReachedLimit } from '../errors/reached_limit.js';
import { RuntimeError, type ProgramOutput } from '../errors/runtime_error.js';
import { signalNumber } from './arguments/signal_number.js';
import type { Exit } from './exit.js';
import type { Terminal } from './container/terminal/terminal.js';
import type { TerminalSize } from './container/terminal/size.js';
import type { LogsRequest } from './logs/request.js';
import type { Stdio } from './stdio.js';

/** How {@link Runtime.run} and {@link Container.run} treat a program until it ends. */
export interface ToEndOptions {
  /**
   * Written to the standard input, which is then a pipe by default. If `stdio` is given too, it must request a pipe for stdin. With
   * `terminal` it is typed there, with Ctrl-D at its end.
   */
  readonly input?: string | Uint8Array;
  /**
   * Milliseconds that the program may run. After them it gets `stopSignal`, and SIGKILL if it has not ended `grace` milliseconds later. The
   * call then fails with the code `timeout`. Default: no limit.
   */
  readonly timeout?: number;
  /** Milliseconds from `stopSignal` to SIGKILL. Default: 5000. With 0, SIGKILL comes first. */
  readonly grace?: number;
  /** What a program gets that has run for too long. Default: `SIGTERM`. */
  readonly stopSignal?: string | number;
  /**
   * How many bytes the standard output and the standard error may each have. At the first byte more, the program is killed and the call
   * fails with the code `output-limit`. Default: 64 MiB.
   */
  readonly maxBuffer?: number;
  /** What the output becomes: text of UTF-8, or its bytes (`buffer`). Default: `utf8`. */
  readonly encoding?: 'utf8' | 'buffer';
}

/** How the program ended and what it wrote. */
export interface RunResult<Output = string> extends Exit {
  /** The standard output, or what the terminal showed; empty if it was neither a pipe nor a terminal. */
  readonly stdout: Output;
  /** The standard error; empty if it was not a pipe. */
  readonly stderr: Output;
  /**
   * Which limits the container has reached while the program ran: see {@link Container.reachedLimits}. Mostly empty. A program can reach a
   * limit and succeed all the same.
   */
  readonly reachedLimits: readonly ReachedLimit[];
}

/** Reads which limits have been reached since the beginning. */
export type Reached = () => Promise<readonly ReachedLimit[]>;

/** A container or a process in one. */
interface Program {
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly terminal: Terminal | null;
  wait(): Promise<Exit>;
  /** Does nothing if it has ended. */
  kill(signal: string | number): unknown;
}

type Reason = { readonly code: 'timeout' | 'output-limit'; readonly message: string; readonly path: string };

const defaultGrace = 5000;
const defaultMaxBuffer = 64 << 20;
/** Milliseconds. Longer timers of Node.js end at once. */
const longestTimer = 2 ** 31 - 1;

interface StreamsOf {
  readonly stdio?: Stdio;
  readonly logs?: LogsRequest;
  readonly terminal?: TerminalSize;
}

/** Checks the options before anything is made; returns the streams. */
export function checkToEnd(method: string, options: ToEndOptions, { stdio, terminal, logs }: StreamsOf): Pick<StreamsOf, 'stdio'> {
  const { input, timeout, grace, stopSignal, maxBuffer, encoding } = options;
  if (input !== undefined && typeof input !== 'string' && !(input instanceof Uint8Array)) {
    throw usage(method, 'input', 'must be a string or a Uint8Array');
  }
  if (input !== undefined && terminal === undefined && !hasInput(stdio)) {
    throw new RuntimeError(`${method}: input is given, but the standard input is not a pipe`, {
      code: 'usage',
      phase: 'command',
      operation: method,
      path: 'input',
    });
  }
  for (const [name, value] of Object.entries({ timeout, grace })) {
    if (value !== undefined && !(Number.isFinite(value) && value >= 0 && value <= longestTimer)) {
      throw usage(method, name, `must be a number of milliseconds from 0 to ${longestTimer}`);
    }
  }
  if (maxBuffer !== undefined && !(Number.isInteger(maxBuffer) && maxBuffer >= 0)) {
    throw usage(method, 'maxBuffer', 'must be a number of bytes');
  }
  if (stopSignal !== undefined) signalNumber(stopSignal);
  if (encoding !== undefined && encoding !== 'utf8' && encoding !== 'buffer') throw usage(method, 'encoding', 'must be "utf8" or "buffer"');
  if (terminal !== undefined) return stdio === undefined ? {} : { stdio };
  const output = logs === undefined ? 'pipe' : 'log';
  return { stdio: stdio ?? [input === undefined ? 'ignore' : 'pipe', output, output] };
}

/**
 * Waits for the end of a program that runs, and for the end of its output.
 * @throws RuntimeError `timeout` or `output-limit`, with what it wrote as `output`; the program has ended then
 */
export async function toEnd(
  method: string,
  program: Program,
  { reached, ...options }: ToEndOptions & { readonly reached: Reached },
): Promise<RunResult<string | Uint8Array>> {
  const { input, timeout, grace = defaultGrace, stopSignal = 'SIGTERM', maxBuffer = defaultMaxBuffer, encoding = 'utf8' } = options;
  const timers: NodeJS.Timeout[] = [];
  let reason: Reason | null = null;
  // It may be about to end, and then there is nobody to signal.
  const kill = (signal: string | number): void => void signalled(program, signal);
  const late = (): void => {
    reason ??= { code: 'timeout', message: `the program did not end within ${String(timeout)} ms`, path: 'timeout' };
    kill(grace === 0 ? 'SIGKILL' : stopSignal);
    timers.push(setTimeout(() => kill('SIGKILL'), grace));
  };
  const overflow = (name: string): void => {
    reason ??= { code: 'output-limit', message: `the ${name} of the program is longer than ${maxBuffer} bytes`, path: 'maxBuffer' };
    kill('SIGKILL');
  };
  if (timeout !== undefined) timers.push(setTimeout(late, timeout));
  // A program need not read its input to the end.
  (program.terminal ?? program.stdin)?.on('error', () => undefined).end(input);
  const outputs = [
    collect(program.terminal ?? program.stdout, maxBuffer, () => overflow('standard output')),
    collect(program.stderr, maxBuffer, () => overflow('standard error')),
  ];
  let exit: Exit;
  try {
    exit = await program.wait();
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
  // What it has left running may have its output open for ever.
  if (reason !== null) for (const output of outputs) output.abandon();
  const [stdout, stderr] = await Promise.all(outputs.map(async ({ done }) => decode(await done, encoding)));
  if (stdout === undefined || stderr === undefined) throw new TypeError('no output');
  const reachedLimits = await reached();
  if (reason !== null) throw stopped(method, reason, { output: { stdout, stderr }, reachedLimits });
  return { ...exit, stdout, stderr, reachedLimits };
}

async function signalled(program: Program, signal: string | number): Promise<void> {
  try {
    await program.kill(signal);
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
  }
}

interface Collected {
  readonly done: Promise<readonly Uint8Array[]>;
  /** Takes what has arrived. */
  abandon(): void;
}

function collect(stream: Readable | null, limit: number, overflow: () => void): Collected {
  // A stream without data ends, and is closed, before anybody reads it.
  if (stream === null || stream.destroyed) return { done: Promise.resolve([]), abandon: () => undefined };
  const chunks: Uint8Array[] = [];
  let room = limit;
  let end: () => void = () => undefined;
  const done = new Promise<readonly Uint8Array[]>((resolve, reject) => {
    end = () => {
      stream.destroy();
      resolve(chunks);
    };
    stream.on('data', (chunk: Uint8Array) => {
      const part = chunk.length > room ? chunk.subarray(0, room) : chunk;
      if (part.length > 0) chunks.push(part);
      room -= part.length;
      if (part.length === chunk.length) return;
      // Nothing more is read, so nothing more is kept.
      stream.pause();
      overflow();
    });
    stream.on('end', () => resolve(chunks));
    stream.on('close', () => resolve(chunks));
    stream.on('error', reject);
  });
  done.catch(() => undefined);
  return { done, abandon: () => end() };
}

function decode(chunks: readonly Uint8Array[], encoding: 'utf8' | 'buffer'): string | Uint8Array {
  const bytes = Buffer.concat(chunks);
  return encoding === 'buffer' ? bytes : bytes.toString('utf8');
}

function stopped(
  method: string,
  { code, message, path }: Reason,
  found: { readonly output: ProgramOutput; readonly reachedLimits: readonly ReachedLimit[] },
): RuntimeError {
  return new RuntimeError(`${method}: ${message}`, {
    code,
    phase: 'command',
    operation: method,
    path,
    ...found,
    hint: `it was killed; raise "${path}" if it may ${code === 'timeout' ? 'run for longer' : 'write more'}`,
  });
}

function usage(method: string, name: string, reason: string): RuntimeError {
  return new RuntimeError(`${method}: "${name}" ${reason}`, { code: 'usage', phase: 'command', operation: method, path: name });
}

function hasInput(stdio: Stdio | undefined): boolean {
  return stdio === undefined || stdio === 'pipe' || (Array.isArray(stdio) && stdio[0] === 'pipe');
}
