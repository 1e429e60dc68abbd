import { Decoder, MalformedMessage } from './decode.js';
import { encode } from './encode.js';
import type { Value } from './values.js';

/** A method of an object of systemd, or of the bus itself. */
export interface Call {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  readonly values?: readonly Value[];
}

export type MessageKind = 'call' | 'return' | 'error' | 'signal';

export interface Message {
  readonly kind: MessageKind;
  /** The serial number of the call that it replies to; 0 for none. */
  readonly replyTo: number;
  /** Empty if the message has none; so are the other texts here. */
  readonly sender: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly errorName: string;
  readonly values: readonly Value[];
}

const kinds: Readonly<Record<number, MessageKind>> = { 1: 'call', 2: 'return', 3: 'error', 4: 'signal' };

/** Header fields (D-Bus specification, "Header Fields"). */
const field = { path: 1, interface: 2, member: 3, errorName: 4, replySerial: 5, destination: 6, sender: 7, signature: 8 } as const;

const fixedHeader = 16;

/** Longer than any reply of systemd to a call of tsrun. D-Bus itself allows 128 MiB. */
const longest = 1 << 20;

/** Encodes a call. */
export function encodeCall({ signature = '', values = [], ...call }: Call, serial: number): Uint8Array {
  const body = encode(signature, values);
  const fields: Value[] = [
    [field.path, { signature: 'o', value: call.path }],
    [field.interface, { signature: 's', value: call.interface }],
    [field.member, { signature: 's', value: call.member }],
    [field.destination, { signature: 's', value: call.destination }],
    ...(signature === '' ? [] : [[field.signature, { signature: 'g', value: signature }]]),
  ];
  const header = encode('yyyyuua(yv)', ['l'.charCodeAt(0), 1, 0, 1, body.length, serial, fields]);
  const start = Math.ceil(header.length / 8) * 8;
  const message = new Uint8Array(start + body.length);
  message.set(header);
  message.set(body, start);
  return message;
}

/**
 * Returns the length of the message that begins with these bytes; 0 if there are too few to tell.
 * @throws MalformedMessage
 */
export function messageLength(bytes: Uint8Array): number {
  if (bytes.length < fixedHeader) return 0;
  const littleEndian = endianness(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[3] !== 1) throw new MalformedMessage('it has another version of the protocol');
  const fields = view.getUint32(12, littleEndian);
  const length = Math.ceil((fixedHeader + fields) / 8) * 8 + view.getUint32(4, littleEndian);
  if (length > longest) throw new MalformedMessage(`it has ${length} bytes`);
  return length;
}

/**
 * Reads one whole message.
 * @throws MalformedMessage
 */
export function decodeMessage(bytes: Uint8Array): Message {
  const littleEndian = endianness(bytes);
  const decoder = new Decoder({ bytes, at: 0, littleEndian });
  const [, type, , , , , fields] = decoder.all('yyyyuua(yv)');
  const kind = kinds[type as number];
  if (kind === undefined) throw new MalformedMessage(`its type is ${String(type)}`);
  decoder.align(8);
  const known = new Map<number, Value>();
  for (const [code, variant] of fields as readonly (readonly [number, { readonly value: Value }])[]) known.set(code, variant.value);
  const text = (code: number): string => textOf(known.get(code));
  const replySerial = known.get(field.replySerial) ?? 0;
  if (typeof replySerial !== 'number') throw new MalformedMessage('its serial number is not one');
  return {
    kind,
    replyTo: replySerial,
    sender: text(field.sender),
    path: text(field.path),
    interface: text(field.interface),
    member: text(field.member),
    errorName: text(field.errorName),
    values: decoder.all(text(field.signature)),
  };
}

function textOf(value: Value | undefined): string {
  if (value === undefined) return '';
  if (typeof value !== 'string') throw new MalformedMessage('a header field is not a text');
  return value;
}

function endianness(bytes: Uint8Array): boolean {
  const mark = String.fromCharCode(bytes[0] ?? 0);
  if (mark !== 'l' && mark !== 'B') throw new MalformedMessage('it is not a message of D-Bus');
  return mark === 'l';
}
