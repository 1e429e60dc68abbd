import { MalformedMessage, Reader } from './reader.js';
import { Writer } from './writer.js';

export { MalformedMessage } from './reader.js';

/** A field of a message: its number, and how its value is read and written. */
export interface Field<T> {
  readonly number: number;
  readonly wireType: 0 | 2;
  /** The value of a field that is absent. */
  readonly absent: () => T;
  /** Reads one occurrence; `before` is the value so far. */
  readonly read: (reader: Reader, before: T) => T;
  /** Writes nothing for the value of an absent field. */
  readonly write: (writer: Writer, value: T) => void;
}

type ValueOf<F> = F extends Field<infer T> ? T : never;

/** A decoded message. `F` has its fields by name. */
export type Message<F> = { readonly [Name in keyof F]: ValueOf<F[Name]> };

/** A message to encode; what is left out is absent. */
export type Partially<F> = Partial<Message<F>>;

/** Decodes a message. Unknown fields are skipped. @throws MalformedMessage */
export function decode<F extends object>(fields: F, bytes: Uint8Array): Message<F> {
  return read(fields, new Reader(bytes));
}

export function encode<F extends object>(fields: F, message: Partially<F>): Uint8Array {
  const writer = new Writer();
  write(fields, writer, message);
  return writer.finish();
}

interface Named {
  readonly name: string;
  readonly field: Field<unknown>;
}

/** The fields of a message, as they are listed and by their tags, and the message without any of them. */
interface Listed {
  readonly all: readonly Named[];
  readonly byTag: ReadonlyMap<number, Named>;
  readonly numbers: ReadonlySet<number>;
  readonly absent: Readonly<Record<string, unknown>>;
  /** The fields whose value is a list, which every message has for itself. */
  readonly lists: readonly string[];
}

const known = new WeakMap<object, Listed>();

/** Made once for each kind of message, because the shim answers several of them for each process that is started. */
function listed(fields: object): Listed {
  const before = known.get(fields);
  if (before !== undefined) return before;
  const all = Object.entries(fields as Readonly<Record<string, Field<unknown>>>).map(([name, field]) => ({ name, field }));
  const absent = Object.fromEntries(all.map(({ name, field }) => [name, field.absent()]));
  const made = {
    all,
    byTag: new Map(all.map((named) => [named.field.number * 8 + named.field.wireType, named])),
    numbers: new Set(all.map(({ field }) => field.number)),
    absent,
    lists: Object.keys(absent).filter((name) => Array.isArray(absent[name])),
  };
  known.set(fields, made);
  return made;
}

function read<F extends object>(fields: F, reader: Reader): Message<F> {
  const { byTag, numbers, absent, lists } = listed(fields);
  const message: Record<string, unknown> = { ...absent };
  for (const name of lists) message[name] = [];
  while (!reader.done()) {
    const tag = reader.uint64();
    const entry = byTag.get(tag);
    if (entry !== undefined) message[entry.name] = entry.field.read(reader, message[entry.name]);
    else skip(reader, tag, numbers);
  }
  return message as Message<F>;
}

function skip(reader: Reader, tag: number, numbers: ReadonlySet<number>): void {
  const [number, wireType] = [Math.floor(tag / 8), tag % 8];
  if (numbers.has(number)) throw new MalformedMessage(`field ${number} has the wire type ${wireType}`);
  reader.skip(wireType);
}

function readInside<F extends object>(fields: F, reader: Reader): Message<F> {
  const outer = reader.enter();
  const message = read(fields, reader);
  reader.leave(outer);
  return message;
}

function write<F extends object>(fields: F, writer: Writer, message: Partially<F>): void {
  for (const { name, field } of listed(fields).all) {
    const value = (message as Readonly<Record<string, unknown>>)[name];
    if (value !== undefined) field.write(writer, value);
  }
}

function writeInside<F extends object>(number: number, fields: F, writer: Writer, message: Partially<F>): void {
  const start = writer.enter(number);
  write(fields, writer, message);
  writer.leave(start);
}

function numeric(number: number, value: (reader: Reader) => number): Field<number> {
  return {
    number,
    wireType: 0,
    absent: () => 0,
    read: value,
    write: (writer, given) => {
      if (given !== 0) writer.number(number, given);
    },
  };
}

/** Exact up to 2^53. Infinity is written as the largest value: no limit. */
export const uint64 = (number: number): Field<number> => numeric(number, (reader) => reader.uint64());
export const uint32 = (number: number): Field<number> => numeric(number, (reader) => reader.uint32());
/** int32 and int64 are written alike. */
export const int64 = (number: number): Field<number> => numeric(number, (reader) => reader.int64());

export const bool = (number: number): Field<boolean> => ({
  number,
  wireType: 0,
  absent: () => false,
  read: (reader) => reader.uint64() !== 0,
  write: (writer, value) => {
    if (value) writer.number(number, 1);
  },
});

export const string = (number: number): Field<string> => ({
  number,
  wireType: 2,
  absent: () => '',
  read: (reader) => reader.text(),
  write: (writer, value) => {
    if (value !== '') writer.text(number, value);
  },
});

export const strings = (number: number): Field<readonly string[]> => ({
  number,
  wireType: 2,
  absent: () => [],
  read: (reader, before) => added(before, reader.text()),
  write: (writer, values) => {
    for (const value of values) writer.text(number, value);
  },
});

export const bytes = (number: number): Field<Uint8Array> => ({
  number,
  wireType: 2,
  absent: () => new Uint8Array(0),
  read: (reader) => reader.bytes(),
  write: (writer, value) => {
    if (value.length > 0) writer.bytes(number, value);
  },
});

/** undefined if it is absent. */
export const message = <F extends object>(number: number, fields: F): Field<Partially<F> | undefined> => ({
  number,
  wireType: 2,
  absent: () => undefined,
  read: (reader) => readInside(fields, reader),
  write: (writer, value) => {
    if (value !== undefined) writeInside(number, fields, writer, value);
  },
});

export const messages = <F extends object>(number: number, fields: F): Field<readonly Partially<F>[]> => ({
  number,
  wireType: 2,
  absent: () => [],
  read: (reader, before) => added<Partially<F>>(before, readInside(fields, reader)),
  write: (writer, values) => {
    for (const value of values) writeInside(number, fields, writer, value);
  },
});

/** Appends to the list that was made for this message. A copy for each element would take quadratic time. */
function added<T>(list: readonly T[], value: T): readonly T[] {
  (list as T[]).push(value);
  return list;
}
