import type { Readable, Writable } from 'node:stream';
import { RuntimeError } from '../../../errors/runtime_error.js';
import { show } from '../../../spec/problem.js';
import { throwIfAborted, unlessAborted } from '../../aborting.js';
import { read } from '../../arguments/options_of.js';
import type { Terminal } from './terminal.js';

interface Attachment {
  readonly terminal: Terminal;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly signal: AbortSignal | undefined;
}

/** What a terminal of Node.js has and another stream has not (`tty.ReadStream`, `tty.WriteStream`). */
interface RawMode {
  readonly isRaw: boolean;
  setRawMode(mode: boolean): void;
}

/** Those that end a program and that it can still answer. A key of the person sends none: in raw mode it is a byte. */
const deadly = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const;

/**
 * Before anything is changed at them.
 * @throws RuntimeError `usage`
 */
export function requireStreams(stdin: Readable, stdout: Writable): void {
  for (const [name, value, needed] of [
    ['stdin', stdin, 'read'],
    ['stdout', stdout, 'write'],
  ] as const) {
    const isStream = read('attach', () =>
      [needed, 'on', 'off'].every((member) => typeof Reflect.get(Object(value), member) === 'function'),
    );
    if (isStream) continue;
    throw new RuntimeError(`attach: "${name}" must be a stream, found ${show(value)}`, {
      code: 'usage',
      phase: 'command',
      operation: 'attach',
      path: name,
    });
  }
}

/** Returns when the terminal has ended, or when nobody sees it any more. */
export async function attachPerson({ terminal, stdin, stdout, signal }: Attachment): Promise<void> {
  throwIfAborted(signal);
  const restore = setRaw(stdin);
  const unfit = passSize(terminal, stdout);
  const wasFlowing = stdin.readableFlowing === true;
  const type = (chunk: unknown): void => {
    if (!terminal.write(chunk)) stdin.pause();
  };
  const goOn = (): void => {
    stdin.resume();
  };
  const end = (): void => {
    terminal.end();
  };
  stdin.on('data', type).on('end', end);
  terminal.on('drain', goOn);
  terminal.pipe(stdout, { end: false });
  stdin.resume();
  try {
    await unlessAborted(ended(terminal, stdin, stdout), signal);
  } finally {
    terminal.unpipe(stdout);
    terminal.off('drain', goOn);
    stdin.off('data', type).off('end', end);
    // Otherwise it keeps this program alive.
    if (!wasFlowing) stdin.pause();
    unfit();
    restore();
  }
}

function ended(terminal: Terminal, stdin: Readable, stdout: Writable): Promise<void> {
  const over = (): void => resolve();
  const failed = (error: Error): void => reject(error);
  let resolve: () => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const end = new Promise<void>((onEnd, onFailure) => {
    [resolve, reject] = [onEnd, onFailure];
    if (terminal.readableEnded || terminal.destroyed || stdout.destroyed) onEnd();
    terminal.on('end', over).on('close', over).on('error', failed);
    stdin.on('error', failed);
    stdout.on('close', over).on('error', failed);
  });
  return end.finally(() => {
    terminal.off('end', over).off('close', over).off('error', failed);
    stdin.off('error', failed);
    stdout.off('close', over).off('error', failed);
  });
}

/** Returns what restores the mode, on every way out that a program can see. */
function setRaw(stdin: Readable): () => void {
  if (!hasRawMode(stdin)) return () => undefined;
  const before = stdin.isRaw;
  const set = (mode: boolean): void => {
    // It may be closed by now, and then there is nothing to restore.
    if (!stdin.destroyed) stdin.setRawMode(mode);
  };
  const onExit = (): void => set(before);
  // A shell that continues us has set its own mode meanwhile, and libuv does not set one that it believes to be set.
  const onContinue = (): void => {
    set(false);
    set(true);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    restore();
    // As without our listener; another one of the program decides by itself.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  const restore = (): void => {
    process.off('exit', onExit).off('SIGCONT', onContinue);
    for (const signal of deadly) process.off(signal, onSignal);
    set(before);
  };
  process.on('exit', onExit).on('SIGCONT', onContinue);
  for (const signal of deadly) process.on(signal, onSignal);
  set(true);
  return restore;
}

function hasRawMode(stream: Readable): stream is Readable & RawMode {
  return Reflect.get(stream, 'isTTY') === true && typeof Reflect.get(stream, 'setRawMode') === 'function';
}

/** Gives the terminal the size of the person's, now and after each change. Returns what ends that. */
function passSize(terminal: Terminal, stdout: Writable): () => void {
  const fit = (): void => {
    const [columns, rows]: unknown[] = [Reflect.get(stdout, 'columns'), Reflect.get(stdout, 'rows')];
    // A terminal may have no size, for example a serial line.
    if (typeof columns === 'number' && typeof rows === 'number' && columns > 0 && rows > 0) terminal.resize({ columns, rows });
  };
  fit();
  // Node.js emits it after SIGWINCH.
  stdout.on('resize', fit);
  return () => stdout.off('resize', fit);
}
