import { close, closeSync, constants, fchmodSync, fstatSync, openSync, readSync, rename, unlink, write, writeSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { RuntimeError } from '../../errors/runtime_error.js';
import { sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import { logFailure } from './failure.js';
import type { LogsRequest } from './request.js';

const { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants;
/** Without waiting for the reader of a FIFO that has the name. */
const appending = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
const onlyOwner = 0o600;
const renamed = promisify(rename);
const unlinked = promisify(unlink);
const written = promisify(write);
const closed = promisify(close);

/**
 * The current file of a log and those before it. Its directory is held open, so that all of them stay in it. Names are never followed: what
 * others may have put there is replaced as a name, or refused.
 */
export class LogFile {
  /** As an absolute path. */
  readonly path: string;
  readonly #maxSize: number;
  readonly #maxFiles: number;
  readonly #directory: Fd;
  readonly #name: string;
  #fd: Fd;
  #size: number;
  /** Whether the current file has got its new name already, and a new one could not be opened. */
  #isMoved = false;

  /**
   * Opens or creates the file.
   * @throws RuntimeError `permission` for a file that is not this user's own, `setup` if it cannot be opened or another log is kept in it
   */
  constructor({ path, maxSize, maxFiles }: Required<LogsRequest>) {
    this.path = resolve(path);
    this.#maxSize = maxSize;
    this.#maxFiles = maxFiles;
    try {
      this.#directory = openSync(dirname(this.path), O_RDONLY | O_DIRECTORY);
    } catch (error) {
      throw logFailure('open log', this.path, error);
    }
    this.#name = `/proc/self/fd/${this.#directory}/${basename(this.path)}`;
    try {
      this.#fd = openSync(this.#name, appending, onlyOwner);
    } catch (error) {
      closeSync(this.#directory);
      throw logFailure('open log', this.path, error);
    }
    try {
      this.#size = this.#taken();
    } catch (error) {
      closeSync(this.#fd);
      closeSync(this.#directory);
      throw logFailure('open log', this.path, error);
    }
  }

  /** Appends bytes; returns how many, if it fails after some. Moves on to a new file if they have no room in this one. */
  async append(bytes: Uint8Array, from: number): Promise<number> {
    if (this.#isMoved || (from === 0 && this.#size > 0 && this.#size + bytes.length > this.#maxSize)) await this.#rotate();
    const { bytesWritten } = await written(this.#fd, bytes, from);
    this.#size += bytesWritten;
    return bytesWritten;
  }

  close(): void {
    closeSync(this.#fd);
    closeSync(this.#directory);
  }

  /** Makes the open file this log's only; returns its size. */
  #taken(): number {
    const { mode, uid, nlink, size } = fstatSync(this.#fd);
    const kind = mode & constants.S_IFMT;
    // A second name may be a file that somebody wants to be written to, or read.
    if (kind !== constants.S_IFREG || uid !== process.geteuid?.() || nlink !== 1) {
      throw new RuntimeError(`open log "${this.path}": not a regular file of this user with one name`, {
        code: 'permission',
        phase: 'command',
        operation: 'open log',
        path: this.path,
        hint: 'choose a path in a directory that only this user can write to',
      });
    }
    this.#lock(this.#fd);
    if ((mode & 0o077) !== 0) fchmodSync(this.#fd, onlyOwner);
    if (size === 0) return 0;
    // A crash may have cut the last entry off.
    const last = Buffer.alloc(1);
    readSync(this.#fd, last, 0, 1, size - 1);
    return last[0] === 0x0a ? size : size + writeSync(this.#fd, '\n');
  }

  /** flock(2), as long as it stays open: two logs would rename each other's files. */
  #lock(fd: Fd): void {
    if (sys().lockDirectory({ path: this.#name, fd }) >= 0) return;
    throw new RuntimeError(`open log "${this.path}": another log is kept there`, {
      code: 'setup',
      phase: 'command',
      operation: 'open log',
      path: this.path,
      hint: 'give each process a file of its own',
    });
  }

  async #rotate(): Promise<void> {
    if (!this.#isMoved) await this.#moveAside();
    this.#isMoved = true;
    const fd = openSync(this.#name, appending | O_EXCL, onlyOwner);
    try {
      this.#lock(fd);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    this.#isMoved = false;
    const before = this.#fd;
    this.#fd = fd;
    this.#size = 0;
    await closed(before);
  }

  /** Renames from the oldest on: if one fails, none is lost, and the same can be tried again. */
  async #moveAside(): Promise<void> {
    if (this.#maxFiles === 1) return unlinked(this.#name).catch(unlessAbsent);
    for (let number = this.#maxFiles - 1; number > 0; number--) {
      const from = number === 1 ? this.#name : `${this.#name}.${number - 1}`;
      await renamed(from, `${this.#name}.${number}`).catch(unlessAbsent);
    }
  }
}

function unlessAbsent(error: unknown): void {
  if (!(error instanceof Error) || Reflect.get(error, 'code') !== 'ENOENT') throw error;
}
