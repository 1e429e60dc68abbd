import type { Sys } from '../../../../src/sys/contract.js';
import { decodeMessage, messageLength, type Message } from '../../../../src/systemd/bus/message.js';
import { encode } from '../../../../src/systemd/bus/encode.js';
import type { Value } from '../../../../src/systemd/bus/values.js';
import { fakeSys, systemError } from '../../fake_sys.js';

export const systemdName = ':1.0';

export interface Sent {
  readonly kind: 'return' | 'error' | 'signal';
  readonly sender?: string;
  readonly member?: string;
  readonly errorName?: string;
  readonly signature?: string;
  readonly values?: readonly Value[];
}

/** What a bus replies to a call: messages, bytes as they are, or nothing. */
export type Answer = readonly (Sent | Uint8Array)[];

export interface FakeBusOptions {
  /** By the name of the method; by default a reply without values. */
  readonly answers?: Readonly<Record<string, (call: Message, count: number) => Answer>>;
  /** What it says to the authentication; null for nothing. */
  readonly greeting?: string | null;
  /** How many bytes one read gets. */
  readonly piece?: number;
  readonly refuses?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** The program has rights that its caller has not. */
  readonly secure?: boolean;
}

export interface FakeBus {
  readonly sys: Sys;
  /** The calls that came, without Hello and AddMatch. */
  readonly calls: Message[];
  readonly log: string[];
  isOpen(): boolean;
}

/** A bus in memory behind the socket functions of sys; a wait for what never comes takes its whole time at once. */
export function fakeBus({
  answers = {},
  greeting = 'DATA\r\nOK 0123\r\n',
  piece = 65_536,
  refuses,
  environment = {},
  secure = false,
}: FakeBusOptions = {}): FakeBus {
  const calls: Message[] = [];
  const log: string[] = [];
  const counts = new Map<string, number>();
  let [incoming, outgoing, greeted, open, monotonic] = [Buffer.alloc(0), Buffer.alloc(0), false, false, 0];
  const send = (bytes: Uint8Array): void => {
    outgoing = Buffer.concat([outgoing, bytes]);
  };
  const handle = (bytes: Uint8Array): void => {
    const call = decodeMessage(bytes);
    const serial = Buffer.from(bytes).readUInt32LE(8);
    const count = counts.get(call.member) ?? 0;
    counts.set(call.member, count + 1);
    if (call.member === 'AddMatch') log.push(`AddMatch ${String(call.values[0])}`);
    else if (call.member !== 'Hello') log.push(call.member);
    if (call.member !== 'Hello' && call.member !== 'AddMatch') calls.push(call);
    for (const answer of (answers[call.member] ?? (() => [{ kind: 'return' } as const]))(call, count)) {
      send(answer instanceof Uint8Array ? answer : message(answer, serial));
    }
  };
  const { sys } = fakeSys({
    overrides: {
      ids: () => ({ pid: 1, uid: 0, euid: 0, egid: 0, secure }),
      variable: ({ name }) => environment[name] ?? null,
      connectUnix: ({ path }) => {
        log.push(`connect ${path}`);
        if (refuses !== undefined) throw systemError(refuses, 'connect', path);
        open = true;
        return 77;
      },
      close: () => {
        open = false;
      },
      writeBytes: ({ data }) => {
        incoming = Buffer.concat([incoming, data]);
        if (!greeted) {
          const lines = '\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n';
          if (incoming.subarray(0, lines.length).toString('latin1') !== lines) throw new Error('no authentication');
          incoming = incoming.subarray(lines.length);
          greeted = true;
          if (greeting === null) return;
          send(Buffer.from(greeting));
        }
        if (greeting === null) return;
        for (let length = messageLength(incoming); length > 0 && incoming.length >= length; length = messageLength(incoming)) {
          handle(Uint8Array.from(incoming.subarray(0, length)));
          incoming = incoming.subarray(length);
        }
      },
      readSome: () => {
        const bytes = Uint8Array.from(outgoing.subarray(0, piece));
        outgoing = outgoing.subarray(piece);
        return bytes;
      },
      whenReadable: ({ timeout }) => {
        if (outgoing.length > 0) return 0;
        monotonic += timeout * 1e6;
        return -1;
      },
      clock: () => ({ realtime: 0, nanoseconds: 0, monotonic }),
    },
  });
  return { sys, calls, log, isOpen: () => open };
}

const types = { return: 2, error: 3, signal: 4 } as const;

/** A message of the bus, in its wire format. */
export function message({ kind, sender = systemdName, member, errorName, signature = '', values = [] }: Sent, replyTo: number): Uint8Array {
  const text = (code: number, type: string, value: string | undefined): Value[] =>
    value === undefined || value === '' ? [] : [[code, { signature: type, value }]];
  const body = encode(signature, values);
  const header = encode('yyyyuua(yv)', [
    'l'.charCodeAt(0),
    types[kind],
    0,
    1,
    body.length,
    99,
    [
      ...text(3, 's', member),
      ...text(4, 's', errorName),
      ...(kind === 'signal' ? [] : [[5, { signature: 'u', value: replyTo }]]),
      ...text(7, 's', sender),
      ...text(8, 'g', signature),
    ],
  ]);
  return Buffer.concat([header, Buffer.alloc((8 - (header.length % 8)) % 8), body]);
}
