import { sys } from '../../sys/call.js';
import type { Loop } from '../loop/index.js';
import { decode, encode } from '../../protobuf/message.js';
import { request, response } from '../wire/messages.js';
import { Connection } from './connection.js';
import { frameType, type Frame } from './frame.js';
import { code, ServiceError } from './status.js';

export interface Call {
  readonly service: string;
  readonly method: string;
  readonly payload: Uint8Array;
  /** After this, the connection is closed. */
  readonly timeoutMs: number;
}

/** A ttrpc client that connects on first use, and again after a failure. It makes one call at a time. */
export class Client {
  readonly #loop: Loop;
  readonly #path: string;
  #connection: Connection | null = null;
  #stream = -1;
  #answered: ((frame: Frame | null) => void) | null = null;

  constructor(loop: Loop, path: string) {
    this.#loop = loop;
    this.#path = path;
  }

  /** @throws SystemError if nobody listens, ServiceError if the call fails */
  async call({ service, method, payload, timeoutMs }: Call): Promise<Uint8Array> {
    const connection = (this.#connection ??= this.#connect());
    this.#stream += 2;
    const frame = await new Promise<Frame | null>((resolve) => {
      const cancel = this.#loop.after(timeoutMs, () => connection.close());
      this.#answered = (answer) => {
        cancel();
        this.#answered = null;
        resolve(answer);
      };
      connection.send({ stream: this.#stream, type: frameType.request, payload: encode(request, { service, method, payload }) });
    });
    if (frame === null || frame.payload === null) throw new ServiceError(code.unavailable, 'the connection was closed');
    const { status, payload: result } = decode(response, frame.payload);
    if (status?.code !== undefined && status.code !== code.ok) throw new ServiceError(status.code, status.message ?? '');
    return result;
  }

  close(): void {
    this.#connection?.close();
  }

  #connect(): Connection {
    this.#stream = -1;
    const fd = sys().connectUnix({ path: this.#path, atOnce: true });
    return new Connection({
      loop: this.#loop,
      fd,
      onFrame: (frame) => {
        if (frame.stream === this.#stream && frame.type === frameType.response) this.#answered?.(frame);
      },
      onClose: () => {
        this.#connection = null;
        this.#answered?.(null);
      },
    });
  }
}
