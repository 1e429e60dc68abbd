import { isSystemError, sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import { readable, writable, type Loop } from '../loop/index.js';
import { encodeFrame, FrameReader, type Frame } from './frame.js';

const pieceSize = 64 << 10;
/** If more bytes than this wait for a client that does not read, the server stops reading from that client. */
const mostUnsent = 1 << 20;

export interface ConnectionOptions {
  readonly loop: Loop;
  /** A connected socket, which the connection owns from now on. */
  readonly fd: Fd;
  readonly onFrame: (frame: Frame) => void;
  readonly onClose: () => void;
}

/** One side of a ttrpc connection. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #reader = new FrameReader();
  readonly #unsent: Uint8Array[] = [];
  /** How much of the first of them was sent. */
  #sent = 0;
  #waiting = 0;
  #events = 0;
  #unwatch: () => void = () => undefined;
  #open = true;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#watch();
  }

  send(frame: Omit<Frame, 'flags' | 'payload'> & { readonly payload: Uint8Array }): void {
    if (!this.#open) return;
    const bytes = encodeFrame(frame);
    this.#unsent.push(bytes);
    this.#waiting += bytes.length;
    this.#flush();
  }

  get idle(): boolean {
    return this.#unsent.length === 0;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#unwatch();
    sys().close({ fd: this.#options.fd });
    this.#options.onClose();
  }

  #watch(): void {
    const events = (this.#waiting > mostUnsent ? 0 : readable) | (this.#waiting > 0 ? writable : 0);
    if (events === this.#events) return;
    this.#unwatch();
    this.#events = events;
    const { loop, fd } = this.#options;
    this.#unwatch = loop.watch({ fd, events, call: (happened) => this.#onEvents(happened) });
  }

  #onEvents(happened: number): void {
    if ((happened & writable) !== 0) this.#flush();
    if (this.#open && (happened & ~writable) !== 0) this.#read();
  }

  #read(): void {
    let bytes: Uint8Array;
    try {
      bytes = sys().readSome({ fd: this.#options.fd, limit: pieceSize });
    } catch (error) {
      if (!isSystemError(error, 'EAGAIN')) this.close();
      return;
    }
    if (bytes.length === 0) return this.close();
    for (const frame of this.#reader.push(bytes)) {
      if (this.#open) this.#options.onFrame(frame);
    }
  }

  #flush(): void {
    try {
      for (let first = this.#unsent[0]; first !== undefined; first = this.#unsent[0]) {
        const count = sys().sendSome({ socket: this.#options.fd, data: first, from: this.#sent });
        this.#waiting -= count;
        this.#sent += count;
        if (this.#sent < first.length) continue;
        this.#unsent.shift();
        this.#sent = 0;
      }
    } catch (error) {
      if (!isSystemError(error, 'EAGAIN')) return this.close();
    }
    this.#watch();
  }
}
