import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import type { Warn } from '../warn.js';
import { entriesOf, type LoggedStream } from './entries.js';
import { logFailure } from './failure.js';
import { LogFile } from './file.js';
import { checkedLogs, type LogsRequest } from './request.js';

/** Milliseconds until a failed write is tried again. */
const pause = 1000;
/** Turns of the event loop in which nothing has arrived. */
const quietTurns = 3;

/**
 * Writes what a process writes to its standard output and standard error to a file. It reads no more until that is written, so that a
 * process which writes faster than the disk waits. If the disk is full, it waits as well, until there is room again or the process has
 * ended.
 */
export class OutputLog {
  readonly #file: LogFile;
  readonly #warn: Warn;
  readonly #sockets: Socket[] = [];
  /** Of both streams: one write after the other. */
  #queue: Promise<void> = Promise.resolve();
  #open = 0;
  #isClosed = false;
  #isAbandoned = false;
  #received = 0;
  #pending = 0;
  #lost = 0;
  #hasFailed = false;
  #hasEnded = false;
  #wake: () => void = () => undefined;
  #finish: () => void = () => undefined;
  readonly #finished = new Promise<void>((resolve) => (this.#finish = resolve));

  /**
   * Opens the file.
   * @throws RuntimeError `usage`, `permission` or `setup`
   */
  constructor(request: LogsRequest, warn: Warn) {
    this.#file = new LogFile(checkedLogs(request));
    this.#warn = warn;
  }

  /** Begins to write what arrives. */
  add(stream: LoggedStream, socket: Socket): void {
    this.#sockets.push(socket);
    this.#open++;
    void this.#pump(stream, socket);
  }

  /** To be called when the process has ended; returns when what it had written is in the file. */
  async settle(): Promise<void> {
    this.#hasEnded = true;
    this.#wake();
    await Promise.race([this.#finished, this.#isQuiet()]);
  }

  /** Closes everything: there is no process. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#hasEnded = true;
    this.#wake();
    for (const socket of this.#sockets) socket.destroy();
    // Otherwise a write may be going on.
    if (this.#open === 0) this.#close();
  }

  ref(): void {
    for (const socket of this.#sockets) socket.ref();
  }

  unref(): void {
    for (const socket of this.#sockets) socket.unref();
  }

  /** What the process has left running may have its streams open for ever, so there may be no end to wait for. */
  async #isQuiet(): Promise<void> {
    for (let quiet = 0; quiet < quietTurns; quiet++) {
      const before = this.#received;
      await turn();
      if (this.#received !== before || this.#pending > 0) quiet = -1;
      if (this.#pending > 0) await this.#queue;
    }
  }

  async #pump(stream: LoggedStream, socket: Socket): Promise<void> {
    try {
      for await (const chunk of socket as AsyncIterable<Buffer>) {
        this.#received++;
        this.#pending++;
        const work = this.#queue.then(() => this.#write(stream, chunk));
        this.#queue = work;
        await work;
        this.#pending--;
      }
    } catch (error) {
      if (!this.#isAbandoned) this.#report(`read ${stream} for log`, error);
    }
    if (--this.#open === 0) this.#close();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#lost > 0)
      this.#tell(`log "${this.#file.path}": ${this.#lost} bytes are lost, because they could not be written before the process ended`);
    this.#file.close();
    this.#finish();
  }

  async #write(stream: LoggedStream, chunk: Buffer): Promise<void> {
    for (const group of entriesOf(stream, chunk, new Date())) {
      for (let at = 0; at < group.length;) {
        try {
          at += await this.#file.append(group, at);
          this.#hasFailed = false;
        } catch (error) {
          if (!this.#hasFailed) this.#report('write log', error);
          this.#hasFailed = true;
          if (this.#hasEnded) this.#lost += group.length - at;
          if (this.#hasEnded) break;
          await this.#pause();
        }
      }
    }
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, pause);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #report(verb: string, error: unknown): void {
    this.#tell(logFailure(verb, this.#file.path, error).message);
  }

  #tell(message: string): void {
    this.#warn({ message, code: 'TSRUN_LOG' });
  }
}
