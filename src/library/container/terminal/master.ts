import { writeSync } from 'node:fs';
import { isSystemError, sys } from '../../../sys/call.js';
import type { Fd } from '../../../sys/contract.js';
import type { TerminalSize } from './size.js';

/** More than the kernel returns at once: 4095 bytes (N_TTY_BUF_SIZE). */
const mostBytes = 1 << 16;

/** Milliseconds until a write is tried again: longer each time, and for a program that reads slowly hardly noticeable. */
const firstPause = 1;
const longestPause = 32;

/** Milliseconds. The timer is there for its reference alone. */
const never = 2 ** 31 - 1;

/**
 * The descriptor of a terminal's master. `tty.ReadStream` of Node.js cannot read one to its end: libuv takes a hang-up after a short read
 * for the end of file, but every read of a terminal is short, and up to 64 KiB would be lost.
 */
export class Master {
  #fd: Fd;
  /** A pipe: closing the second end ends a wait, which holds a copy of the master. */
  readonly #stop: readonly [Fd, Fd];
  #alive: NodeJS.Timeout | null = null;
  #writing: NodeJS.Timeout | null = null;
  #isReferenced = true;

  /** Takes over the descriptor, unless it fails. */
  constructor(fd: Fd) {
    sys().setNonBlocking({ fd });
    this.#stop = sys().pipe() as readonly [Fd, Fd];
    this.#fd = fd;
  }

  /** What the terminal shows next; null if it has ended, or was closed. */
  async read(): Promise<Uint8Array | null> {
    for (;;) {
      if (this.#fd < 0) return null;
      try {
        const bytes = sys().readSome({ fd: this.#fd, limit: mostBytes });
        return bytes.length === 0 ? null : bytes;
      } catch (error) {
        // A master has no end of file: once everything is read and nobody has the terminal open, it fails with EIO (tty_ioctl(4), pty(7)).
        if (isSystemError(error, 'EIO')) return null;
        if (!isSystemError(error, 'EAGAIN')) throw error;
      }
      await this.#readable();
    }
  }

  /** Calls back when everything is written, or when the terminal cannot take it any more, which {@link read} tells. */
  write(bytes: Uint8Array, done: () => void): void {
    let from = 0;
    let pause = firstPause;
    const tryAgain = (): void => {
      this.#writing = null;
      try {
        while (this.#fd >= 0 && from < bytes.length) {
          from += writeSync(this.#fd, bytes, from);
          pause = firstPause;
        }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') {
          // There is no wait for a descriptor to be writable, and one would return at once when the other side has ended.
          this.#writing = setTimeout(tryAgain, pause);
          if (!this.#isReferenced) this.#writing.unref();
          pause = Math.min(pause * 2, longestPause);
          return;
        }
      }
      done();
    };
    tryAgain();
  }

  /** Ends a write, whose rest is lost. */
  abandonWrite(): void {
    if (this.#writing !== null) clearTimeout(this.#writing);
    this.#writing = null;
  }

  /** Does nothing if it is closed. */
  resize(size: TerminalSize): void {
    if (this.#fd >= 0) sys().resizeTerminal({ fd: this.#fd, ...size });
  }

  ref(): void {
    this.#isReferenced = true;
    this.#alive?.ref();
  }

  unref(): void {
    this.#isReferenced = false;
    this.#alive?.unref();
  }

  close(): void {
    this.abandonWrite();
    const fd = this.#fd;
    this.#fd = -1;
    if (fd < 0) return;
    for (const each of [fd, ...this.#stop]) sys().close({ fd: each });
  }

  async #readable(): Promise<void> {
    this.#alive = setInterval(() => undefined, never);
    if (!this.#isReferenced) this.#alive.unref();
    try {
      await sys().whenReadable({ fds: [this.#fd, this.#stop[0]], timeout: -1, background: true });
    } finally {
      clearInterval(this.#alive);
      this.#alive = null;
    }
  }
}
