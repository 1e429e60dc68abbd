/** tsrun's shim as containerd drives it, without containerd: calls of the program, ttrpc, and a socket that receives its events. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { encodeFrame, FrameReader, type Frame } from '../../../src/shim/ttrpc/frame.js';
import { events, forwardRequest, type Topic } from '../../../src/shim/wire/events.js';
import { decode, encode, type Message, type Partially } from '../../../src/protobuf/message.js';
import * as messages from '../../../src/shim/wire/messages.js';
import { afterTest, isAlive, mark, newPath, start, until, type Bundle, type Outcome } from '../../oci/harness/index.js';
import type { Options } from '../../oci/harness/runtime.js';
import { runtimePath } from './runtime_path.js';

export { messages };
export { decode, encode } from '../../../src/protobuf/message.js';
export {
  afterTest,
  childrenOf,
  describe,
  expect,
  isAlive,
  isAsleep,
  makeBundle,
  newDirectory,
  newId,
  newPath,
  pause,
  runtime,
  start,
  test,
  until,
} from '../../oci/harness/index.js';

export const program = `${dirname(runtimePath)}/containerd-shim-tsrun-v2`;
export const namespace = mark;
/** Where the containers of the shims of this file are. */
const root = newPath('.containers');
export const containersRoot = `${root}/${namespace}`;
let sockets = newPath('.s');

/** The directory of sockets that {@link startCall} passes; it exists. */
export function socketDirectory(): string {
  mkdirSync(sockets, { recursive: true });
  return sockets;
}

/** Calls `work` with another directory of sockets. */
export async function useSockets<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const before = sockets;
  sockets = directory;
  try {
    return await work();
  } finally {
    sockets = before;
  }
}

export interface Failed {
  readonly code: number;
  readonly message: string;
}

/** A client of ttrpc. */
export class Client {
  readonly socket: Socket;
  readonly #reader = new FrameReader();
  readonly #waiting = new Map<number, (frame: Frame) => void>();
  #stream = -1;
  closed = false;

  constructor(path: string) {
    this.socket = connect(path);
    this.socket.on('data', (data) => {
      for (const frame of this.#reader.push(data)) this.#waiting.get(frame.stream)?.(frame);
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => (this.closed = true));
  }

  /** Sends a frame as it is, and resolves with the answer to its stream. */
  raw(bytes: Uint8Array, stream: number): Promise<Message<typeof messages.response>> {
    const answer = new Promise<Message<typeof messages.response>>((resolve) => {
      this.#waiting.set(stream, ({ payload }) => resolve(decode(messages.response, payload ?? new Uint8Array(0))));
    });
    this.socket.write(bytes);
    return answer;
  }

  async request(method: string, payload: Uint8Array, service = 'containerd.task.v3.Task'): Promise<Message<typeof messages.response>> {
    const stream = (this.#stream += 2);
    const frame = encodeFrame({ stream, type: 1, payload: encode(messages.request, { service, method, payload }) });
    return this.raw(frame, stream);
  }

  async call<In extends object, Out extends object>(method: string, from: In, asked: Partially<In>, to: Out): Promise<Message<Out>> {
    const { status, payload } = await this.request(method, encode(from, asked));
    if ((status?.code ?? 0) !== 0) throw Object.assign(new Error(status?.message), { code: status?.code });
    return decode(to, payload);
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Where events go: what containerd is to the shim. */
export class Events {
  readonly path = newPath('.ttrpc');
  readonly received: { readonly topic: string; readonly event: Readonly<Record<string, unknown>> }[] = [];
  #server: Server | null = null;
  readonly #sockets = new Set<Socket>();

  async open(): Promise<void> {
    rmSync(this.path, { force: true });
    this.#server = createServer((socket) => {
      const reader = new FrameReader();
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', (data) => {
        for (const { stream, payload } of reader.push(data)) {
          this.#take(payload ?? new Uint8Array(0));
          socket.write(encodeFrame({ stream, type: 2, payload: encode(messages.response, {}) }));
        }
      });
    });
    await new Promise<void>((resolve) => this.#server?.listen(this.path, resolve));
  }

  close(): void {
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
    rmSync(this.path, { force: true });
  }

  /** The topics of a container, without their common beginning. */
  topics(id: string): readonly string[] {
    return this.received.filter(({ event }) => event['container_id'] === id).map(({ topic }) => topic.replace('/tasks/', ''));
  }

  #take(payload: Uint8Array): void {
    const { envelope } = decode(forwardRequest, decode(messages.request, payload).payload);
    const topic = envelope?.topic as Topic;
    this.received.push({ topic, event: { ...decode<object>(events[topic].fields, envelope?.event?.value ?? new Uint8Array(0)) } });
  }
}

export interface ShimOptions {
  readonly id: string;
  readonly bundle: Bundle;
  readonly events?: Events;
  /** The options for `start`, with an Any's fields. */
  readonly startOptions?: Partially<typeof messages.any>;
}

/** Calls `start` as containerd before 2.3 does: its input is the options. The server's socket is where all of this machine are. */
export function olderStartCall({ id, bundle, events, startOptions = {} }: ShimOptions): Promise<Outcome> {
  return callWith(encode(messages.any, startOptions), { id, bundle, env: { TTRPC_ADDRESS: events?.path ?? '' } });
}

/** Calls `start` as containerd 2.3 does. */
export function startCall({ id, bundle, events, startOptions }: ShimOptions): Promise<Outcome> {
  const params = {
    instance_id: id,
    namespace,
    containerd_ttrpc_address: events?.path ?? '',
    socket_dir: socketDirectory(),
    extensions: startOptions === undefined ? [] : [{ value: startOptions }],
  };
  return callWith(encode(messages.bootstrapParams, params), { id, bundle });
}

function callWith(input: Uint8Array, { id, bundle, env = {} }: Pick<ShimOptions, 'id' | 'bundle'> & Options): Promise<Outcome> {
  const words = ['-namespace', namespace, '-id', id, '-address', '/a', 'start'];
  return start(['sh', '-c', `printf '${octal(input)}' | "$@"`, 'sh', program, ...words], { cwd: bundle.directory, env }).done;
}

function octal(bytes: Uint8Array): string {
  return [...bytes].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}

/** Calls `delete`, as containerd does after every container. */
export function deleteCall({ id, bundle }: ShimOptions): Promise<Outcome> {
  return start([program, '-namespace', namespace, '-id', id, '-address', '/a', '-bundle', bundle.directory, 'delete'], {
    cwd: bundle.directory,
  }).done;
}

export interface Shim {
  readonly path: string;
  readonly client: Client;
  readonly pid: number;
}

/** Starts a shim, or finds that of the group, and connects to it. After the test it is killed, and its container is deleted. */
export async function startShim(options: ShimOptions): Promise<Shim> {
  const { code, stdout, stderr } = await startCall(options);
  if (code !== 0) throw new Error(stderr + stdout);
  const { address, version } = JSON.parse(stdout) as { readonly address: string; readonly version: number };
  if (version !== 3) throw new Error(stdout);
  const path = address.replace('unix://', '');
  const client = new Client(path);
  const { shim_pid: pid } = await client.call('Connect', messages.containerRequest, { id: options.id }, messages.connectResponse);
  afterTest(async () => {
    client.close();
    if (existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGKILL');
    await deleteCall(options);
  });
  return { path, client, pid };
}

type Create = Partially<typeof messages.createTaskRequest>;

/** The options of runc's shim, with the state root of this file. */
export const options = {
  type_url: 'containerd.runc.v1.Options',
  value: encode(messages.runcOptions, { root, binary_name: 'no-such-program' }),
};

export interface Task extends Shim {
  readonly id: string;
  readonly bundle: Bundle;
  start(execId?: string): Promise<number>;
  wait(execId?: string): Promise<Message<typeof messages.waitResponse>>;
  state(execId?: string): Promise<Message<typeof messages.stateResponse>>;
  kill(signal: number, more?: Partially<typeof messages.killRequest>): Promise<unknown>;
  delete(execId?: string): Promise<Message<typeof messages.deleteResponse>>;
  exec(execId: string, args: readonly string[], more?: Partially<typeof messages.execProcessRequest>): Promise<unknown>;
  shutdown(): Promise<unknown>;
}

/** Creates a container through a shim. */
export async function createTask(given: ShimOptions, more: Create = {}): Promise<Task> {
  const shim = await startShim(given);
  return createIn(shim, given, more);
}

export async function createIn(shim: Shim, { id, bundle }: ShimOptions, more: Create = {}): Promise<Task> {
  const { client } = shim;
  await client.call('Create', messages.createTaskRequest, { id, bundle: bundle.directory, options, ...more }, messages.pidResponse);
  const call = <Out extends object>(method: string, exec_id: string, to: Out) =>
    client.call(method, messages.processRequest, { id, exec_id }, to);
  return {
    ...shim,
    id,
    bundle,
    start: async (execId = '') => (await call('Start', execId, messages.pidResponse)).pid,
    wait: (execId = '') => call('Wait', execId, messages.waitResponse),
    state: (execId = '') => call('State', execId, messages.stateResponse),
    kill: (signal, also = {}) => client.call('Kill', messages.killRequest, { id, signal, ...also }, messages.empty),
    delete: (execId = '') => call('Delete', execId, messages.deleteResponse),
    exec: (exec_id, args, also = {}) =>
      client.call(
        'Exec',
        messages.execProcessRequest,
        {
          id,
          exec_id,
          spec: {
            type_url: 'types.containerd.io/opencontainers/runtime-spec/1/Process',
            value: JSON.stringify({ args, cwd: '/', env: ['PATH=/bin'], user: { uid: 0, gid: 0 } }),
          },
          ...also,
        },
        messages.empty,
      ),
    shutdown: () => client.call('Shutdown', messages.containerRequest, { id }, messages.empty),
  };
}

/** Waits until a process is gone, or a zombie. */
export function gone(pid: number): Promise<true> {
  return until(`process ${pid} is gone`, () => !isAlive(pid));
}
