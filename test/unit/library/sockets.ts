import { Duplex } from 'node:stream';
import { closeWriter, type Pipe } from '../machine/kernel/descriptors.js';
import type { Machine } from '../machine/machine.js';

let machine: Machine | undefined;
const sockets: Socket[] = [];

/** From now on sockets are on descriptors of this machine. */
export function attach(to: Machine): void {
  machine = to;
  sockets.splice(0);
}

/** The sockets that nobody has closed. */
export function openSockets(): readonly Socket[] {
  return sockets.filter(({ destroyed }) => !destroyed);
}

interface SocketOptions {
  readonly fd: number;
  readonly readable: boolean;
  readonly writable: boolean;
}

/** In place of that of `node:net`: our end of a pipe of the machine. */
export class Socket extends Duplex {
  readonly #pipe: Pipe;
  readonly #writes: boolean;
  #waits = false;

  constructor({ fd, readable, writable }: SocketOptions) {
    super({ allowHalfOpen: false, ...{ readable, writable } });
    const handle = machine?.descriptors.get(fd, 'socket');
    if (handle?.kind !== 'read' && handle?.kind !== 'write') throw new Error(`descriptor ${fd} is no pipe`);
    this.#pipe = handle.pipe;
    this.#writes = writable;
    if (readable)
      handle.pipe.changed = () => {
        if (this.#waits) this._read();
      };
    sockets.push(this);
  }

  override _read(): void {
    const { text, writers } = this.#pipe;
    this.#waits = text === '' && writers > 0;
    if (this.#waits) return;
    this.#pipe.text = '';
    this.push(text === '' ? null : Buffer.from(text));
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#pipe.text += chunk.toString();
    done();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#close();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (this.#writes && !this.writableFinished) this.#close();
    done(error);
  }

  #closed = false;

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeWriter(this.#pipe);
  }
}
