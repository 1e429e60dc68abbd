import { Duplex, type Readable, type Writable } from 'node:stream';
import type { Fd } from '../../../sys/contract.js';
import { checked } from '../../arguments/checked.js';
import { signalOf } from '../../arguments/signal_of.js';
import type { AbortOptions } from '../../requests.js';
import { attachPerson, requireStreams } from './attach.js';
import { Master } from './master.js';
import { terminalSizeShape, type TerminalSize } from './size.js';

type Done = (error?: Error | null) => void;

/** VEOF and VEOL of a new terminal (termios(3)): what ends the line that is typed without being a part of it, and a line's last byte. */
const endOfInput = 0x04;
const newLine = 0x0a;
const carriageReturn = 0x0d;

/**
 * The terminal of a container or of a process in one, seen from outside: a stream to read what the screen shows, and to write what is
 * typed. `Container.terminal` and `ExecProcess.terminal` have it if the request asked for a terminal.
 *
 * It ends when the last process that uses the terminal has ended; nothing that was written to it before is lost. `end()` types Ctrl-D, the
 * end of the input for a program that reads lines. Any other program may ignore it, and a shell that is just then changing the terminal's
 * mode loses it, as any key: `end()` ends nothing for certain. `destroy()` hangs up, as a closed window does: the session's processes get
 * SIGHUP, which kills a program that does not handle it, but not the init of a pid namespace: for that, `kill` or `delete` the container.
 * What is written after the process has ended is discarded.
 *
 * @example
 * ```ts
 * import { text } from 'node:stream/consumers';
 * import { Runtime } from '@tsrun/runtime';
 *
 * const runtime = new Runtime();
 * await using container = await runtime.create({ id: 'hello', bundle: './hello', terminal: { columns: 80, rows: 24 } });
 * await container.start();
 * container.terminal?.write('reader\r');
 * console.log(container.terminal === null ? '' : (await text(container.terminal)).split('\r\n')[1]); // prints hello reader
 * ```
 */
export class Terminal extends Duplex {
  readonly #master: Master;
  #size: TerminalSize;
  /** Nobody reads what is typed any more. */
  #isDeaf = false;
  /** Its processes have ended, so what is still to be read is little. */
  #isDraining = false;
  #isReading = false;
  #isAtLineStart = true;
  #typing: Done | null = null;

  /** @internal */
  constructor({ fd, size }: { readonly fd: Fd; readonly size: TerminalSize }) {
    super({ allowHalfOpen: false });
    this.#master = new Master(fd);
    this.#size = size;
  }

  /** Characters in a line, as last set by this program. */
  get columns(): number {
    return this.#size.columns;
  }

  /** Lines, as last set by this program. */
  get rows(): number {
    return this.#size.rows;
  }

  /**
   * Changes the size of the terminal. The process in its foreground gets SIGWINCH. Does nothing after the terminal has ended.
   *
   * @param size - The new size.
   * @throws {@link RuntimeError} `usage` if it is not two integers from 1 to 65535.
   *
   * @example
   * ```ts
   * import { text } from 'node:stream/consumers';
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'service', bundle: './service', stdio: 'ignore' });
   * await container.start();
   * const process = await container.exec(['sh', '-c', 'read go; stty size'], { terminal: { columns: 80, rows: 24 } });
   * process.terminal?.resize({ columns: 100, rows: 30 });
   * process.terminal?.write('\r');
   * if (process.terminal !== null) console.log((await text(process.terminal)).trim()); // prints 30 100
   * ```
   */
  resize(size: TerminalSize): void {
    const { columns, rows } = checked({ method: 'resize', value: size, shape: terminalSizeShape });
    this.#master.resize({ columns, rows });
    this.#size = { columns, rows };
  }

  /**
   * Gives the terminal to a person: what is typed at `stdin` goes to it, what it shows goes to `stdout`. If these are a terminal, it is in
   * raw mode meanwhile, so that Ctrl-C reaches the process and not this program, and its size is passed on. It is restored however this
   * ends: with the process, an error, the abort signal, with this program (`process.exit`, an exception, SIGHUP, SIGINT, SIGQUIT, SIGTERM).
   *
   * @param stdin - Where the person types. Default: `process.stdin`.
   * @param stdout - What the person sees. Default: `process.stdout`.
   * @param options - An abort signal.
   * @returns When the terminal has ended, or `stdout` is closed.
   * @throws What a stream fails with; {@link RuntimeError} `aborted` if the signal aborted: the terminal stays open, and can be attached
   * again.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'hello', bundle: './hello', terminal: { columns: 80, rows: 24 } });
   * await container.start();
   * await container.terminal?.attach(process.stdin, process.stdout); // prints hello world
   * console.log((await container.wait()).code); // prints 0
   * ```
   */
  async attach(stdin: Readable = process.stdin, stdout: Writable = process.stdout, options: AbortOptions = {}): Promise<void> {
    const signal = signalOf('attach', options);
    requireStreams(stdin, stdout);
    await attachPerson({ terminal: this, stdin, stdout, signal });
  }

  /**
   * As for a socket: reading keeps the Node.js process alive. That is the default.
   *
   * @throws Nothing.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'hello', bundle: './hello', terminal: { columns: 80, rows: 24 } });
   * console.log(container.terminal?.unref().ref() === container.terminal); // prints true
   * ```
   */
  ref(): this {
    this.#master.ref();
    return this;
  }

  /**
   * As for a socket: reading alone does not keep the Node.js process alive.
   *
   * @throws Nothing.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'hello', bundle: './hello', terminal: { columns: 80, rows: 24 } });
   * console.log(container.terminal?.unref() === container.terminal); // prints true
   * ```
   */
  unref(): this {
    this.#master.unref();
    return this;
  }

  /**
   * The process has ended. A write would wait for ever when the terminal's buffer is full.
   *
   * @internal
   */
  discardInput(): void {
    this.#isDeaf = true;
    this.#master.abandonWrite();
    this.#typed();
  }

  /**
   * The container is gone. Takes what is left of the output into memory, at most what the kernel keeps, so that the descriptor is closed
   * although nobody reads.
   *
   * @internal
   */
  drain(): void {
    this.#isDraining = true;
    // Another program may have the terminal open.
    this.#master.unref();
    this._read();
  }

  /** @internal */
  override _read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    void this.#readOn();
  }

  /** @internal */
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    const last = chunk.at(-1);
    if (last !== undefined) this.#isAtLineStart = last === newLine || last === carriageReturn;
    this.#type(chunk, done);
  }

  /** @internal */
  override _final(done: Done): void {
    // Within a line, the first one only ends the read(2) of the program.
    this.#type(Buffer.alloc(this.#isAtLineStart ? 1 : 2, endOfInput), done);
  }

  /** @internal */
  override _destroy(error: Error | null, done: Done): void {
    this.#master.close();
    this.#typed();
    done(error);
  }

  /** Until somebody has to take what was read. */
  async #readOn(): Promise<void> {
    try {
      for (;;) {
        const bytes = await this.#master.read();
        if (bytes === null) {
          this.#master.close();
          this.push(null);
          return;
        }
        if (!this.push(bytes) && !this.#isDraining) return;
      }
    } catch (error) {
      this.destroy(error as Error);
    } finally {
      this.#isReading = false;
    }
  }

  #type(bytes: Buffer, done: Done): void {
    this.#typing = done;
    if (this.#isDeaf) this.#typed();
    else this.#master.write(bytes, () => this.#typed());
  }

  #typed(): void {
    const done = this.#typing;
    this.#typing = null;
    done?.();
  }
}
