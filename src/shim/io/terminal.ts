import { isSystemError, sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import { readable, writable, type Loop } from '../loop/index.js';

export interface TerminalOptions {
  readonly loop: Loop;
  /** The terminal owns it from now on. */
  readonly master: Fd;
  /** FIFOs, which the caller owns, or -1. */
  readonly input: Fd;
  readonly output: Fd;
}

/** The capacity of a pipe. */
const pieceSize = 64 << 10;
/** After the process has ended, other processes may keep its terminal open. Buffered output arrives without a longer pause than this. */
const restMs = 50;
/** How long the client may take to read the buffered output. */
const longestRestMs = 10_000;

/**
 * Copies data between a terminal's master and the client's FIFOs, inside the kernel. If nobody reads the output, only the program in the
 * terminal waits.
 */
export class Terminal {
  readonly #options: TerminalOptions;
  readonly #ends: (() => void)[] = [];
  readonly #drained: (() => void)[] = [];
  /** Keeps the terminal open when its program closes it for a moment. */
  #peer: Fd;
  #open = true;
  #outputWatch: () => void = () => undefined;
  #cancelRest: () => void = () => undefined;
  #resting = false;

  constructor(options: TerminalOptions) {
    this.#options = options;
    sys().setNonBlocking({ fd: options.master });
    this.#peer = sys().openTerminal({ fd: options.master });
    this.#listen();
    if (options.input >= 0) this.#ends.push(this.#watchInput());
  }

  resize(rows: number, columns: number): void {
    if (this.#open) sys().resizeTerminal({ fd: this.#options.master, rows, columns });
  }

  /** Stops copying input. */
  closeInput(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  /** Call this when the process has ended. Resolves when the rest of its output has been copied. */
  async finish(): Promise<void> {
    this.closeInput();
    this.#closePeer();
    this.#resting = true;
    if (!this.#open) return;
    await new Promise<void>((resolve) => {
      this.#drained.push(
        resolve,
        this.#options.loop.after(longestRestMs, () => this.#close()),
      );
      this.#rest();
    });
  }

  #rest(): void {
    this.#cancelRest();
    if (this.#resting) this.#cancelRest = this.#options.loop.after(restMs, () => this.#close());
  }

  #closePeer(): void {
    const fd = this.#peer;
    this.#peer = -1;
    if (fd >= 0) sys().close({ fd });
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#cancelRest();
    this.#outputWatch();
    this.closeInput();
    this.#closePeer();
    sys().close({ fd: this.#options.master });
    for (const tell of this.#drained.splice(0)) tell();
  }

  #listen(): void {
    this.#outputWatch();
    this.#outputWatch = this.#options.loop.watch({ fd: this.#options.master, events: readable, call: () => this.#carry() });
  }

  /** Waits until somebody reads the FIFO. */
  #waitForRoom(): void {
    this.#outputWatch();
    this.#cancelRest();
    this.#outputWatch = this.#options.loop.watch({
      fd: this.#options.output,
      events: writable,
      call: () => {
        this.#listen();
        this.#rest();
      },
    });
  }

  #carry(): void {
    const { master, output } = this.#options;
    try {
      const count = output < 0 ? sys().readSome({ fd: master, limit: pieceSize }).length : this.#move(master, output);
      if (count === 0) return this.#close();
      this.#rest();
    } catch (error) {
      if (isSystemError(error, 'EAGAIN')) return this.#waitForRoom();
      this.#close();
    }
  }

  #move(from: Fd, to: Fd): number {
    try {
      return sys().splice({ from, to, limit: pieceSize });
    } catch (error) {
      // The output is a log file, not a pipe.
      if (!isSystemError(error, 'EINVAL')) throw error;
      const data = sys().readSome({ fd: from, limit: pieceSize });
      writeOrDrop(to, data);
      return data.length;
    }
  }

  #watchInput(): () => void {
    const { loop, input, master } = this.#options;
    let unwatch: () => void = () => undefined;
    const listen = (): void => {
      unwatch();
      unwatch = loop.watch({ fd: input, events: readable, call: carry });
    };
    const carry = (): void => {
      try {
        if (this.#open) sys().splice({ from: input, to: master, limit: pieceSize });
      } catch (error) {
        if (!isSystemError(error, 'EAGAIN')) return this.closeInput();
        // The terminal is full: its program does not read.
        unwatch();
        unwatch = loop.watch({ fd: master, events: writable, call: listen });
      }
    };
    listen();
    return () => unwatch();
  }
}

/** If the disk is full, log lines are lost, but the program in the terminal keeps running. */
function writeOrDrop(fd: Fd, data: Uint8Array): void {
  try {
    sys().writeBytes({ fd, data });
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}
