import { readUtf8 } from './utf8.js';

export class MalformedMessage extends Error {}

const twoTo32 = 0x1_0000_0000;
const mostBytes = 10;

/** The values of a message one after the other (protobuf.dev, "Encoding"). It never reads beyond `end`. @throws MalformedMessage */
export class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #end: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#end = bytes.length;
  }

  done(): boolean {
    return this.#at >= this.#end;
  }

  /** Exact up to 2^53. */
  uint64(): number {
    // Nearly every number is small. Beyond the end of a message inside this one there may be more bytes.
    const first = this.#at < this.#end ? (this.#bytes[this.#at] as number) : 0x80;
    if (first < 0x80) {
      this.#at++;
      return first;
    }
    const [low, high] = this.#varint();
    return high * twoTo32 + low;
  }

  /** As two's complement; the same as uint64 below 2^63. */
  int64(): number {
    const [low, high] = this.#varint();
    return high < 0x8000_0000 ? high * twoTo32 + low : -((0xffff_ffff - high) * twoTo32 + (0xffff_ffff - low) + 1);
  }

  uint32(): number {
    return this.#varint()[0];
  }

  bytes(): Uint8Array {
    const end = this.#lengthEnd();
    const value = this.#bytes.slice(this.#at, end);
    this.#at = end;
    return value;
  }

  text(): string {
    const end = this.#lengthEnd();
    const value = readUtf8(this.#bytes, this.#at, end);
    this.#at = end;
    return value;
  }

  /** Begins to read a message inside this one. Returns what {@link leave} takes. */
  enter(): number {
    const outer = this.#end;
    this.#end = this.#lengthEnd();
    return outer;
  }

  leave(outer: number): void {
    this.#end = outer;
  }

  skip(wireType: number): void {
    if (wireType === 0) this.#varint();
    else if (wireType === 1) this.#skipBytes(8);
    else if (wireType === 2) this.#at = this.#lengthEnd();
    else if (wireType === 5) this.#skipBytes(4);
    else throw new MalformedMessage(`unknown wire type ${wireType}`);
  }

  #skipBytes(count: number): void {
    if (count > this.#end - this.#at) throw new MalformedMessage('the message ends inside a field');
    this.#at += count;
  }

  #lengthEnd(): number {
    const length = this.uint64();
    if (length > this.#end - this.#at) throw new MalformedMessage('the message ends inside a field');
    return this.#at + length;
  }

  /** Both halves of the number. */
  #varint(): readonly [number, number] {
    let low = 0;
    let high = 0;
    for (let index = 0; index < mostBytes; index++) {
      if (this.#at >= this.#end) throw new MalformedMessage('the message ends inside a number');
      const byte = this.#bytes[this.#at++] as number;
      const bits = byte & 0x7f;
      // 28 bits in four bytes, then one that belongs to both halves.
      if (index < 5) low |= bits << (7 * index);
      if (index === 4) high |= bits >> 4;
      if (index > 4) high |= bits << (7 * index - 32);
      if (byte < 0x80) return [low >>> 0, high >>> 0];
    }
    throw new MalformedMessage(`a number of more than ${mostBytes} bytes`);
  }
}
