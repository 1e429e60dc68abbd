import { operations, planMagic, planVersion, type Operation, type OperationText } from './operations.js';
import { utf8Length, writeUtf8 } from './utf8.js';

const headerSize = 16;
const recordSize = 104;
const numbersOffset = 8;
const textsOffset = 72;
const two32 = 0x100000000;

/**
 * The plan as tsrun-init reads it (`native/plan_format.h` draws it byte by byte). The size of the arena is summed first, so that everything is written
 * once, in place: this runs in every start of a container.
 */
export function encodePlan(list: readonly Operation[]): Uint8Array {
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
  for (const operation of list) {
    const { id, numbers, texts } = operations[operation.op];
    const fields = operation as unknown as Fields;
    view.setUint16(record, id, true);
    for (let i = 0; i < numbers.length; i++) writeInteger(view, record + numbersOffset + 8 * i, fields[numbers[i] as string] as number);
    for (let i = 0; i < texts.length; i++) {
      const text = fields[texts[i] as string] as OperationText;
      const end = writeText(bytes, free, text);
      view.setUint32(record + textsOffset + 8 * i, free, true);
      view.setUint32(record + textsOffset + 8 * i + 4, end - free, true);
      // The arena is zeroed: the NUL behind the text is there already.
      free = end + 1;
    }
    record += recordSize;
  }
  return bytes;
}

/** An operation seen as what it is at run time: the fields that its shape names. */
type Fields = Readonly<Record<string, number | OperationText>>;

function arenaSize(list: readonly Operation[]): number {
  let size = 0;
  for (const operation of list) {
    const fields = operation as unknown as Fields;
    for (const name of operations[operation.op].texts) size += textLength(fields[name] as OperationText) + 1;
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

/** Writes a text and answers where it ends. */
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

/** A signed integer of 64 bits, exact for every integer that a JavaScript number holds; division is what works beyond 32 bits. */
function writeInteger(view: DataView, offset: number, value: number): void {
  const high = Math.floor(value / two32);
  view.setUint32(offset, value - high * two32, true);
  view.setInt32(offset + 4, high, true);
}
