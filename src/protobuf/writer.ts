import { utf8Length, writeUtf8 } from '../protocol/utf8.js';
import { writeAscii } from './ascii.js';

const twoTo32 = 0x1_0000_0000;
/** 2^64 - 1. */
const largest = [255, 255, 255, 255, 255, 255, 255, 255, 255, 1];

/** The fields of a message one after the other (protobuf.dev, "Encoding"). */
export class Writer {
  #bytes = new Uint8Array(64);
  #length = 0;

  /** A number; Infinity is the largest. */
  number(field: number, value: number): void {
    this.#varint(field * 8);
    if (value === Infinity) this.#append(Uint8Array.from(largest));
    else this.#varint(value);
  }

  bytes(field: number, value: Uint8Array): void {
    this.#varint(field * 8 + 2);
    this.#varint(value.length);
    this.#append(value);
  }

  text(field: number, value: string): void {
    this.#varint(field * 8 + 2);
    // One byte for each character, if it is ASCII.
    this.#reserve(value.length + largest.length);
    const start = this.#length;
    const end = writeAscii(this.#bytes, start + varintSize(value.length), value);
    if (end >= 0) {
      this.#varint(value.length);
      this.#length = end;
      return;
    }
    const length = utf8Length(value);
    this.#varint(length);
    this.#reserve(length);
    this.#length = writeUtf8(this.#bytes, this.#length, value);
  }

  /** Begins a message inside this one. Returns what {@link leave} takes. */
  enter(field: number): number {
    this.#varint(field * 8 + 2);
    // One byte for the length, which is enough for most messages.
    this.#reserve(1);
    return ++this.#length;
  }

  leave(start: number): void {
    const length = this.#length - start;
    const size = varintSize(length);
    if (size > 1) {
      this.#reserve(size);
      this.#bytes.copyWithin(start + size - 1, start, this.#length);
    }
    this.#length = start - 1;
    this.#varint(length);
    this.#length += length;
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** Two's complement of 64 bits if it is negative. */
  #varint(value: number): void {
    let low = value >>> 0;
    let high = Math.floor(value / twoTo32) >>> 0;
    this.#reserve(largest.length);
    while (high > 0 || low > 0x7f) {
      this.#bytes[this.#length++] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.#bytes[this.#length++] = low;
  }

  #append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

/** How many bytes a number below 2^32 has. */
function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) size++;
  return size;
}
