import { isSystemError, sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import { readable, type Loop } from '../loop/index.js';
import { decode, encode, MalformedMessage, type Message, type Partially } from '../../protobuf/message.js';
import { request, response } from '../wire/messages.js';
import { Connection } from './connection.js';
import { frameType, mostPayload, type Frame } from './frame.js';
import { code, ServiceError } from './status.js';

/** One method of a service. */
export interface Method {
  readonly call: (payload: Uint8Array) => Promise<Uint8Array>;
}

export function method<In extends object, Out extends object>(
  from: In,
  to: Out,
  work: (asked: Message<In>) => Promise<Partially<Out>> | Partially<Out>,
): Method {
  return { call: async (payload) => encode(to, await work(decode(from, payload))) };
}

export type Service = Readonly<Record<string, Method>>;

export interface ServerOptions {
  readonly loop: Loop;
  /** A listening socket. */
  readonly socket: Fd;
  /** By name. */
  readonly services: Readonly<Record<string, Service>>;
  /** containerd's namespace: requests of another one are for another shim. */
  readonly namespace: string;
  /** Called when the last connection has been closed by its client. */
  readonly onLastClose: () => void;
}

/** The metadata in which containerd's clients name their namespace (containerd's pkg/namespaces). */
const namespaceKey = 'containerd-namespace-ttrpc';

/** How long to wait if a connection cannot be accepted because there are no descriptors left. */
const pauseMs = 100;

/** A ttrpc server. It handles the requests of a connection concurrently, and answers each when it is done. */
export class Server {
  readonly #options: ServerOptions;
  readonly #connections = new Set<Connection>();
  #unwatch: () => void = () => undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#listen();
  }

  /** Whether a client is connected. */
  get connected(): boolean {
    return this.#connections.size > 0;
  }

  /** Closes the socket and every connection. */
  close(): void {
    this.#unwatch();
    sys().close({ fd: this.#options.socket });
    for (const connection of this.#connections) connection.close();
  }

  #listen(): void {
    const { loop, socket } = this.#options;
    this.#unwatch = loop.watch({ fd: socket, events: readable, call: () => this.#accept() });
  }

  #accept(): void {
    const { loop, socket } = this.#options;
    let fd: Fd;
    try {
      fd = sys().acceptUnix({ socket });
    } catch (error) {
      if (isSystemError(error, 'EAGAIN', 'ECONNABORTED')) return;
      // EMFILE and the like: the connection stays in the queue, and poll(2) would report it at once.
      this.#unwatch();
      this.#unwatch = loop.after(pauseMs, () => this.#listen());
      return;
    }
    const connection: Connection = new Connection({
      loop,
      fd,
      onFrame: (frame) => void this.#serve(connection, frame),
      onClose: () => {
        this.#connections.delete(connection);
        if (!this.connected) this.#options.onLastClose();
      },
    });
    this.#connections.add(connection);
  }

  async #serve(connection: Connection, { stream, type, payload }: Frame): Promise<void> {
    // More frames in the stream of a request would belong to a streaming method, and there is none.
    if (type !== frameType.request) return;
    const answer = await this.#answer(stream, payload);
    connection.send({ stream, type: frameType.response, payload: encode(response, answer) });
  }

  async #answer(stream: number, payload: Uint8Array | null): Promise<Partially<typeof response>> {
    try {
      if (payload === null) throw new ServiceError(code.resourceExhausted, `message exceeds maximum size ${mostPayload}`);
      if (stream % 2 === 0) throw new ServiceError(code.invalidArgument, 'StreamID must be odd for client initiated streams');
      return { payload: await this.#call(payload) };
    } catch (error) {
      return { status: statusOf(error) };
    }
  }

  async #call(bytes: Uint8Array): Promise<Uint8Array> {
    const asked = decode(request, bytes);
    const other = asked.metadata.find(({ key, value }) => key === namespaceKey && value !== this.#options.namespace);
    if (other !== undefined) throw new ServiceError(code.invalidArgument, `namespace ${other.value}: this shim is of another namespace`);
    const service = own(this.#options.services, asked.service);
    if (service === undefined) throw new ServiceError(code.unimplemented, `service ${asked.service}`);
    const found = own(service, asked.method);
    if (found === undefined) throw new ServiceError(code.unimplemented, `method ${asked.method}`);
    return found.call(asked.payload);
  }
}

/** A name from outside must not find a property that every object inherits. */
function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.prototype.hasOwnProperty.call(table, name) ? table[name] : undefined;
}

/** What a client sends may be quoted in the error, and an answer may be no longer than a request. */
const longestText = 16 << 10;

function statusOf(error: unknown): { readonly code: number; readonly message: string } {
  const text = (error instanceof Error ? error.message : String(error)).slice(0, longestText);
  if (error instanceof ServiceError) return { code: error.code, message: text };
  return { code: error instanceof MalformedMessage ? code.invalidArgument : code.unknown, message: text };
}
