import { constants, type Stats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { RuntimeError } from '../../errors/runtime_error.js';
import { throwIfAborted } from '../aborting.js';
import { signalOf } from '../arguments/signal_of.js';
import type { AbortOptions } from '../requests.js';
import { entryOf, type LogEntry } from './entries.js';
import { logFailure } from './failure.js';

/** Not through a symbolic link, and without waiting for the writer of a FIFO. */
const reading = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
const mostFiles = 1000;
const pieceSize = 64 << 10;
/** Longer than any entry. */
const longestLine = 64 << 10;

/**
 * Reads the output that `logs` of {@link Runtime.create} and {@link Container.exec} has kept, from the oldest of its files to the end of
 * the current one. The process may still be running, in this program or in another; a line that a crash cut off is left out.
 *
 * @param path - The path of the current file, as in `logs`.
 * @param options - An abort signal.
 * @returns The entries.
 * @throws {@link RuntimeError} `setup` or `permission` if a file cannot be read, for example because there is none; `aborted` if the signal
 * aborted.
 *
 * @example
 * ```ts
 * import { readLog, Runtime } from '@tsrun/runtime';
 *
 * const runtime = new Runtime();
 * await runtime.run({ bundle: './hello', logs: { path: 'hello.log' } });
 * for await (const { stream, data } of readLog('hello.log')) console.log(stream, String(data)); // prints stdout hello world
 * ```
 */
export async function* readLog(path: string, options: AbortOptions = {}): AsyncGenerator<LogEntry, void> {
  const signal = signalOf('readLog', options);
  throwIfAborted(signal);
  const files = await openAll(path);
  try {
    for (const file of files) {
      for await (const entry of entriesIn(file, path)) {
        throwIfAborted(signal);
        yield entry;
      }
    }
  } finally {
    for (const file of files) await file.close();
  }
}

/** From the oldest on. Opened in the other direction, because a file that is renamed meanwhile gets a higher number. */
async function openAll(path: string): Promise<readonly FileHandle[]> {
  const files: FileHandle[] = [];
  const seen = new Set<string>();
  try {
    for (let number = 0; number < mostFiles; number++) {
      const name = number === 0 ? path : `${path}.${number}`;
      const file = await opened(name, number > 0);
      if (file === null) break;
      files.unshift(file);
      const { dev, ino } = await checkedFile(file, name);
      if (seen.has(`${dev}:${ino}`)) await files.shift()?.close();
      seen.add(`${dev}:${ino}`);
    }
  } catch (error) {
    for (const file of files) await file.close();
    throw logFailure('read log', path, error);
  }
  return files;
}

async function opened(path: string, mayBeAbsent: boolean): Promise<FileHandle | null> {
  try {
    return await open(path, reading);
  } catch (error) {
    if (mayBeAbsent && error instanceof Error && Reflect.get(error, 'code') === 'ENOENT') return null;
    throw error;
  }
}

async function checkedFile(file: FileHandle, path: string): Promise<Stats> {
  const status = await file.stat();
  if (status.isFile()) return status;
  throw new RuntimeError(`read log "${path}": not a regular file`, { code: 'setup', phase: 'command', operation: 'read log', path });
}

async function* entriesIn(file: FileHandle, path: string): AsyncGenerator<LogEntry, void> {
  let rest: Buffer = Buffer.alloc(0);
  for (;;) {
    let piece: Buffer;
    try {
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(pieceSize) });
      piece = buffer.subarray(0, bytesRead);
    } catch (error) {
      throw logFailure('read log', path, error);
    }
    // What has no newline yet is being written, or was cut off.
    if (piece.length === 0) return;
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
      const entry = entryOf(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
      if (entry !== null) yield entry;
    }
    // A file with such a line is not a log, and must not fill the memory.
    if (rest.length > longestLine) throw noLog(path);
  }
}

function noLog(path: string): RuntimeError {
  return new RuntimeError(`read log "${path}": a line is longer than any entry`, {
    code: 'setup',
    phase: 'command',
    operation: 'read log',
    path,
    hint: 'is it the path that was given as "logs"?',
  });
}
