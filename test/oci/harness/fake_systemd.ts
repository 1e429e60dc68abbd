import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { decodeMessage, messageLength, type Message } from '../../../src/systemd/bus/message.js';
import { message, type Sent } from '../../unit/systemd/bus/fake_bus.js';
import { cgroup2Mount } from './capabilities.js';
import { newPath } from './scratch.js';

/** What else than systemd's answer happens when a method is called; null for systemd's answer. */
export type Instead = (call: Message, socket: Socket) => readonly (Sent | Uint8Array)[] | null;

/**
 * A D-Bus server with as much of systemd as a container's scope needs: it makes the cgroup, moves the process there, and stops the unit. It
 * can do something else at each call.
 */
export class FakeSystemd {
  readonly path = newPath('.bus');
  /** Units that exist, with their descriptions and the directories of their cgroups. */
  readonly units = new Map<string, { readonly description: string; readonly cgroup: string }>();
  /** The methods that were called. */
  readonly calls: string[] = [];
  instead: Instead = () => null;
  /** What a client gets before anything else; null for nothing. */
  greeting: string | null = 'DATA\r\nOK 0123\r\n';
  /** How many bytes are sent at a time, one piece each millisecond. */
  piece = Infinity;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** What is sent piece by piece. */
  readonly #waiting = new Map<Socket, Buffer>();
  readonly #slices = new Set<string>();

  constructor() {
    this.#server = createServer((socket) => {
      this.#serve(socket);
    });
  }

  /** For the environment of the runtime. */
  get env(): Readonly<Record<string, string>> {
    return { DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${this.path}` };
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(this.path, resolve));
  }

  /** Removes what is left, too. */
  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    for (const unit of [...this.units.keys()]) this.#stop(unit);
    for (const slice of this.#slices) rmdirSync(slice);
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    let unread = Buffer.alloc(0);
    let greeted = false;
    socket.on('data', (data) => {
      unread = Buffer.concat([unread, data]);
      if (!greeted) {
        const end = unread.indexOf('BEGIN\r\n');
        if (end < 0) return;
        unread = unread.subarray(end + 'BEGIN\r\n'.length);
        greeted = true;
        if (this.greeting !== null) this.#send(socket, Buffer.from(this.greeting));
      }
      for (let length = messageLength(unread); length > 0 && unread.length >= length; length = messageLength(unread)) {
        const [bytes, serial] = [Uint8Array.from(unread.subarray(0, length)), unread.readUInt32LE(8)];
        unread = unread.subarray(length);
        const call = decodeMessage(bytes);
        this.calls.push(call.member);
        for (const answer of this.instead(call, socket) ?? this.answer(call)) {
          this.#send(socket, answer instanceof Uint8Array ? answer : message(answer, serial));
        }
      }
    });
  }

  #send(socket: Socket, bytes: Uint8Array): void {
    if (this.piece === Infinity) {
      if (!socket.destroyed) socket.write(bytes);
      return;
    }
    const waiting = this.#waiting.get(socket) ?? Buffer.alloc(0);
    this.#waiting.set(socket, Buffer.concat([waiting, bytes]));
    if (waiting.length === 0) this.#sendPiece(socket);
  }

  #sendPiece(socket: Socket): void {
    const waiting = this.#waiting.get(socket) ?? Buffer.alloc(0);
    if (waiting.length === 0 || socket.destroyed) return;
    socket.write(waiting.subarray(0, this.piece));
    this.#waiting.set(socket, waiting.subarray(this.piece));
    setTimeout(() => {
      this.#sendPiece(socket);
    }, 1);
  }

  /** What systemd does and says. */
  answer({ member, values, path }: Message): readonly Sent[] {
    const [unit, , properties] = values as [string, string, [string, { value: unknown }][]];
    switch (member) {
      case 'StartTransientUnit': {
        if (this.units.has(unit)) return [refusal('org.freedesktop.systemd1.UnitExists')];
        this.#start(unit, new Map(properties.map(([name, { value }]) => [name, value])));
        return done(unit);
      }
      case 'StopUnit': {
        if (!this.units.has(unit)) return [refusal('org.freedesktop.systemd1.NoSuchUnit')];
        this.#stop(unit);
        return done(unit);
      }
      case 'Get': {
        const name = (path.split('/').pop() ?? '').replace(/_(..)/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
        return [{ kind: 'return', signature: 'v', values: [{ signature: 's', value: this.units.get(name)?.description ?? name }] }];
      }
      default:
        return [{ kind: 'return' }];
    }
  }

  #start(unit: string, properties: ReadonlyMap<string, unknown>): void {
    const slice = `${cgroup2Mount ?? ''}/${String(properties.get('Slice'))}`;
    const cgroup = `${slice}/${unit}`;
    mkdirSync(cgroup, { recursive: true });
    this.#slices.add(slice);
    this.units.set(unit, { description: String(properties.get('Description')), cgroup });
    for (const pid of properties.get('PIDs') as number[]) writeFileSync(`${cgroup}/cgroup.procs`, String(pid));
  }

  /** Kills what is in it and waits for its end. The runtime may have removed the cgroup. */
  #stop(unit: string): void {
    const cgroup = this.units.get(unit)?.cgroup ?? '';
    this.units.delete(unit);
    try {
      writeFileSync(`${cgroup}/cgroup.kill`, '1');
      while (readFileSync(`${cgroup}/cgroup.events`, 'utf8').includes('populated 1'));
      rmdirSync(cgroup);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
}

const job = '/org/freedesktop/systemd1/job/7';

function done(unit: string): readonly Sent[] {
  return [
    { kind: 'return', signature: 'o', values: [job] },
    { kind: 'signal', member: 'JobRemoved', signature: 'uoss', values: [7, job, unit, 'done'] },
  ];
}

/** An error as systemd replies it. */
export function refusal(errorName: string): Sent {
  return { kind: 'error', errorName, signature: 's', values: ['because'] };
}
