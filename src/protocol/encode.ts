import type { Integer64 } from '../json/integer64.js';
import { layout } from './numbers/layout.js';
import type { Operation } from './operations.js';
import { shapes } from './shapes.js';
import { utf8Length, writeUtf8 } from './utf8.js';

const { magic: planMagic, version: planVersion, headerSize, recordSize, numbersOffset, textsOffset } = layout;
const two32 = 0x100000000;

/** The value of a text field. */
type OperationText = string | Uint8Array | readonly string[];

/** Encodes text as UTF-8 on the host, which is faster than either engine's own loop. */
export type EncodeText = (text: string) => Uint8Array;

/**
 * Encodes a plan for tsrun-init (`native/plan_format.h` draws it byte by byte). The size of the arena is computed first, so that everything
 * is written once and in place: this runs in every start of a container.
 */
export function encodePlan(list: readonly Operation[], encodeText: EncodeText): Uint8Array {
  return encodeAscii(list, encodeText) ?? encodeAny(list);
}

function encodeAny(list: readonly Operation[]): Uint8Array {
  const arena = headerSize + recordSize * list.length;
  const size = arena + arenaSize(list);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, planMagic, true);
  view.setUint32(4, planVersion, true);
  view.setUint32(8, size, true);
  view.setUint32(12, list.length, true);
  let record = headerSize;
  let free = arena;
  const shared = new SharedTexts();
  for (const operation of list) {
    const { id, numbers, texts } = shapes[operation.op];
    const fields = operation as unknown as Fields;
    const sharing = sharesTexts(operation);
    view.setUint16(record, id, true);
    for (let i = 0; i < numbers.length; i++) writeInteger(view, record + numbersOffset + 8 * i, fields[numbers[i] as string] as Integer64);
    for (let i = 0; i < texts.length; i++) {
      const text = fields[texts[i] as string] as OperationText;
      const at = record + textsOffset + 8 * i;
      const before = sharing ? shared.find(text) : undefined;
      if (before !== undefined) {
        view.setUint32(at, view.getUint32(before, true), true);
        view.setUint32(at + 4, view.getUint32(before + 4, true), true);
        continue;
      }
      if (sharing) shared.remember(text, at);
      const end = writeText(bytes, free, text);
      view.setUint32(at, free, true);
      view.setUint32(at + 4, end - free, true);
      // The arena is zeroed, so the NUL after the text is already there.
      free = end + 1;
    }
    record += recordSize;
  }
  return bytes;
}

/**
 * The usual case: all texts are ASCII, so their lengths in bytes are known. They are joined, each followed by its NUL, and encoded as one;
 * byte fields follow. Returns null if a text is not ASCII.
 */
function encodeAscii(list: readonly Operation[], encodeText: EncodeText): Uint8Array | null {
  const arena = headerSize + recordSize * list.length;
  const records = new Int32Array(arena / 4);
  records[0] = planMagic;
  records[1] = planVersion;
  records[3] = list.length;
  const joined: string[] = [];
  const blobs: Blob[] = [];
  const shared = new SharedTexts();
  let record = headerSize / 4;
  let free = arena;
  for (const operation of list) {
    const { id, numbers, texts } = shapes[operation.op];
    const fields = operation as unknown as Fields;
    const sharing = sharesTexts(operation);
    records[record] = id;
    for (let i = 0; i < numbers.length; i++)
      putInteger(records, record + numbersOffset / 4 + 2 * i, fields[numbers[i] as string] as Integer64);
    for (let i = 0; i < texts.length; i++) {
      const at = record + textsOffset / 4 + 2 * i;
      const value = fields[texts[i] as string] as OperationText;
      if (value instanceof Uint8Array) {
        blobs.push({ at, bytes: value });
        continue;
      }
      const before = sharing ? shared.find(value) : undefined;
      if (before !== undefined) {
        records[at] = records[before] as number;
        records[at + 1] = records[before + 1] as number;
        continue;
      }
      if (sharing) shared.remember(value, at);
      const text = typeof value === 'string' ? value : value.length === 0 ? '' : `${value.join('\0')}\0`;
      joined.push(text, '\0');
      records[at] = free;
      records[at + 1] = text.length;
      free += text.length + 1;
    }
    record += recordSize / 4;
  }
  const encoded = encodeText(joined.join(''));
  if (encoded.length !== free - arena) return null;
  return assemble(records, encoded, blobs);
}

const sharesTexts = ({ op }: Operation): boolean => op === 'hook';

/**
 * Hooks share their state and environment, which are stored in the plan once: there may be a hundred hooks, and a megabyte of annotations.
 */
class SharedTexts {
  readonly #places = new Map<OperationText, number>();

  /** Returns where in the records the position of the same text is. */
  find(text: OperationText): number | undefined {
    return this.#places.get(text);
  }

  remember(text: OperationText, at: number): void {
    this.#places.set(text, at);
  }
}

/** The bytes of an operation, and where in the records their position is written. */
interface Blob {
  readonly at: number;
  readonly bytes: Uint8Array;
}

function assemble(records: Int32Array, texts: Uint8Array, blobs: readonly Blob[]): Uint8Array {
  let free = records.byteLength + texts.length;
  for (const { at, bytes } of blobs) {
    records[at] = free;
    records[at + 1] = bytes.length;
    free += bytes.length + 1;
  }
  records[2] = free;
  const plan = new Uint8Array(free);
  plan.set(new Uint8Array(records.buffer), 0);
  plan.set(texts, records.byteLength);
  for (const { at, bytes } of blobs) plan.set(bytes, records[at]);
  return plan;
}

/** Like writeInteger. Most integers are zero, which is already there. Both architectures are little-endian, as is the plan. */
function putInteger(words: Int32Array, at: number, value: Integer64): void {
  if (value === 0) return;
  if (typeof value === 'bigint') {
    words[at] = Number(BigInt.asIntN(32, value));
    words[at + 1] = Number(BigInt.asIntN(32, value >> 32n));
    return;
  }
  const high = Math.floor(value / two32);
  // Stored modulo 2^32.
  words[at] = value - high * two32;
  words[at + 1] = high;
}

/** An operation as it is at run time: the fields that its shape names. */
type Fields = Readonly<Record<string, Integer64 | OperationText>>;

function arenaSize(list: readonly Operation[]): number {
  let size = 0;
  const shared = new SharedTexts();
  for (const operation of list) {
    const fields = operation as unknown as Fields;
    const sharing = sharesTexts(operation);
    for (const name of shapes[operation.op].texts) {
      const text = fields[name] as OperationText;
      if (sharing && shared.find(text) !== undefined) continue;
      if (sharing) shared.remember(text, 0);
      size += textLength(text) + 1;
    }
  }
  return size;
}

function textLength(text: OperationText): number {
  if (typeof text === 'string') return utf8Length(text);
  if (text instanceof Uint8Array) return text.length;
  let length = 0;
  for (const entry of text) length += utf8Length(entry) + 1;
  return length;
}

/** Writes a text and returns where it ends. */
function writeText(bytes: Uint8Array, start: number, text: OperationText): number {
  if (typeof text === 'string') return writeUtf8(bytes, start, text);
  if (text instanceof Uint8Array) {
    bytes.set(text, start);
    return start + text.length;
  }
  let end = start;
  for (const entry of text) end = writeUtf8(bytes, end, entry) + 1;
  return end;
}

/** Writes a 64-bit integer, modulo 2^64. Uses division, which works for numbers beyond 32 bits. */
function writeInteger(view: DataView, offset: number, value: Integer64): void {
  if (typeof value === 'bigint') {
    view.setBigUint64(offset, BigInt.asUintN(64, value), true);
    return;
  }
  const high = Math.floor(value / two32);
  view.setUint32(offset, value - high * two32, true);
  view.setInt32(offset + 4, high, true);
}
