import { fromSystem } from '../../errors/from_system.js';
import { latin1 } from '../../host/latin1.js';
import { sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import { busSocket, type BusKind } from './address.js';
import { MalformedMessage } from './decode.js';
import { busFailure } from './failure.js';
import { decodeMessage, encodeCall, messageLength, type Call, type Message } from './message.js';

const driver = { destination: 'org.freedesktop.DBus', path: '/org/freedesktop/DBus', interface: 'org.freedesktop.DBus' } as const;

/** The bytes of one read. */
const piece = 65_536;

/** Lines of the authentication are short; a peer that sends more than this without a line end is not a bus. */
const longestLine = 4096;

export interface ConnectOptions {
  readonly kind: BusKind;
  /** The timeout for everything that is done with the connection, in milliseconds. */
  readonly timeoutMs: number;
}

/** Opens a connection, calls `work` with it, and closes it. */
export async function withBus<T>({ kind, timeoutMs }: ConnectOptions, work: (bus: Bus) => Promise<T>): Promise<T> {
  const path = busSocket(kind);
  const bus = new Bus({ path, socket: connect(path), timeoutMs });
  try {
    await bus.greet();
    return await work(bus);
  } finally {
    bus.close();
  }
}

function connect(path: string): Fd {
  try {
    return sys().connectUnix({ path });
  } catch (error) {
    throw fromSystem(error, {
      code: 'setup',
      phase: 'cgroup',
      operation: 'connect to the D-Bus of systemd',
      path,
      hint: 'is systemd running, and dbus installed? without them use --cgroup-manager cgroupfs (in a program: leave systemdCgroup out)',
    });
  }
}

/** A connection to a message bus: calls, their replies, and signals. */
export class Bus {
  readonly #socket: Fd;
  readonly #path: string;
  readonly #timeoutMs: number;
  readonly #end: number;
  #unread = new Uint8Array(0);
  #serial = 0;
  /** Messages that arrived while the connection waited for another one. */
  readonly #kept: Message[] = [];

  constructor({ path, socket, timeoutMs }: { readonly path: string; readonly socket: Fd; readonly timeoutMs: number }) {
    this.#path = path;
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
    this.#end = now() + timeoutMs;
  }

  close(): void {
    sys().close({ fd: this.#socket });
  }

  /**
   * SASL EXTERNAL: the server reads the user id from the kernel (SO_PEERCRED). The empty DATA asks for that, as in sd-bus; a number would
   * be an id of the wrong user namespace. All lines are sent at once, because the server reads them in order.
   */
  async greet(): Promise<void> {
    const lines = Uint8Array.from('\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n', (character) => character.charCodeAt(0));
    const hello = this.#encode({ ...driver, member: 'Hello' });
    this.#write(joined([lines, hello.bytes]));
    const asked = await this.#line();
    const answer = asked === 'DATA' || asked.startsWith('DATA ') ? await this.#line() : asked;
    if (!answer.startsWith('OK ')) {
      throw busFailure(`the bus refuses to authenticate this user: ${JSON.stringify(answer)}`, {
        code: 'permission',
        path: this.#path,
        hint: 'a bus serves only its own user and root: check DBUS_SESSION_BUS_ADDRESS and XDG_RUNTIME_DIR',
      });
    }
    await this.#reply(hello);
  }

  /** Subscribes to signals that match a rule (D-Bus specification, "Match Rules"). The next reply reports a failure. */
  match(rule: string): Promise<Message> {
    return this.call({ ...driver, member: 'AddMatch', signature: 's', values: [rule] });
  }

  /** Calls a method. Returns its reply, which may be an error. */
  async call(call: Call): Promise<Message> {
    const sent = this.#encode(call);
    this.#write(sent.bytes);
    return this.#reply(sent);
  }

  /** Waits for the next signal that fits. */
  signal(fits: (message: Message) => boolean, what: string): Promise<Message> {
    return this.#find((message) => message.kind === 'signal' && fits(message), what);
  }

  #encode(call: Call): { readonly serial: number; readonly bytes: Uint8Array; readonly what: string } {
    const serial = ++this.#serial;
    return { serial, bytes: encodeCall(call, serial), what: call.member };
  }

  #reply({ serial, what }: { readonly serial: number; readonly what: string }): Promise<Message> {
    return this.#find(({ kind, replyTo }) => (kind === 'return' || kind === 'error') && replyTo === serial, `the reply to ${what}`);
  }

  async #find(fits: (message: Message) => boolean, what: string): Promise<Message> {
    const index = this.#kept.findIndex(fits);
    if (index >= 0) return this.#kept.splice(index, 1)[0] as Message;
    for (;;) {
      const message = await this.#next(what);
      if (fits(message)) return message;
      // Keep only signals. Replies are awaited in the order of their calls, so any other message here is stale.
      if (message.kind === 'signal' && this.#kept.length < mostKept) this.#kept.push(message);
    }
  }

  async #next(what: string): Promise<Message> {
    try {
      for (;;) {
        const length = messageLength(this.#unread);
        if (length > 0 && this.#unread.length >= length) {
          const bytes = this.#unread.slice(0, length);
          this.#unread = this.#unread.slice(length);
          return decodeMessage(bytes);
        }
        await this.#read(what);
      }
    } catch (error) {
      if (error instanceof MalformedMessage) throw busFailure(`the bus sent a malformed message: ${error.message}`, { path: this.#path });
      throw error;
    }
  }

  async #line(): Promise<string> {
    for (;;) {
      const text = latin1(this.#unread.subarray(0, longestLine));
      const end = text.indexOf('\r\n');
      if (end >= 0) {
        this.#unread = this.#unread.slice(end + 2);
        return text.slice(0, end);
      }
      if (text.length >= longestLine) throw busFailure('the bus sent no line of the authentication', { path: this.#path });
      await this.#read('the authentication');
    }
  }

  async #read(what: string): Promise<void> {
    const timeout = Math.ceil(this.#end - now());
    if (timeout <= 0 || (await this.#isReadable(timeout)) < 0) {
      throw busFailure(`systemd has not sent ${what} within ${this.#timeoutMs / 1000} s`, {
        path: this.#path,
        errno: 'ETIMEDOUT',
        hint: 'see systemctl list-jobs and journalctl -u dbus; --cgroup-manager cgroupfs (in a program: no systemdCgroup) works without systemd',
      });
    }
    let bytes: Uint8Array;
    try {
      bytes = sys().readSome({ fd: this.#socket, limit: piece });
    } catch (error) {
      throw this.#failed(error, 'read from the D-Bus of systemd');
    }
    if (bytes.length === 0) throw busFailure(`the bus closed the connection before ${what}`, { path: this.#path });
    this.#unread = joined([this.#unread, bytes]);
  }

  async #isReadable(timeout: number): Promise<number> {
    try {
      return await sys().whenReadable({ fds: [this.#socket], timeout });
    } catch (error) {
      throw this.#failed(error, 'wait for the D-Bus of systemd');
    }
  }

  #write(data: Uint8Array): void {
    try {
      sys().writeBytes({ fd: this.#socket, data });
    } catch (error) {
      throw this.#failed(error, 'write to the D-Bus of systemd');
    }
  }

  #failed(error: unknown, operation: string): Error {
    return fromSystem(error, { code: 'setup', phase: 'cgroup', operation, path: this.#path });
  }
}

/** How many signals are kept while a reply is awaited. There is one rule, for one unit. */
const mostKept = 64;

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Milliseconds. */
function now(): number {
  return sys().clock().monotonic / 1e6;
}
