import { latin1 } from '../../host/latin1.js';
import { alignmentOf, fixedSizes, typesIn, type Value } from './values.js';

/** Why bytes are not what their signature says. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage';
}

/** How deep variants may be nested in variants. The specification limits only the size of the message. */
const deepest = 64;

/** Reads values in the wire format of D-Bus from a position in a message. Alignment counts from the beginning of the message. */
export class Decoder {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #littleEndian: boolean;
  #at: number;
  #end: number;
  #depth = 0;

  constructor({ bytes, at, littleEndian }: { readonly bytes: Uint8Array; readonly at: number; readonly littleEndian: boolean }) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#littleEndian = littleEndian;
    this.#at = at;
    this.#end = bytes.length;
  }

  /** The position after the last value. */
  get at(): number {
    return this.#at;
  }

  align(size: number): void {
    this.#skip((size - (this.#at % size)) % size);
  }

  /** Reads the values of a signature. Each text has one character for each byte. */
  all(signature: string): readonly Value[] {
    const types = typesIn(signature);
    if (types === null) throw new MalformedMessage(`"${signature}" is not a signature`);
    return types.map((type) => this.#one(type));
  }

  #one(type: string): Value {
    if (++this.#depth > deepest) throw new MalformedMessage('nested too deeply');
    this.align(alignmentOf(type));
    const value = this.#aligned(type);
    this.#depth--;
    return value;
  }

  #aligned(type: string): Value {
    const kind = type[0] ?? '';
    const size = fixedSizes[kind];
    if (size !== undefined) return this.#number(kind, this.#skip(size));
    if (kind === 's' || kind === 'o') return this.#text(Number(this.#number('u', this.#skip(4))));
    if (kind === 'g') return this.#text(Number(this.#number('y', this.#skip(1))));
    if (kind === 'a') return this.#array(type.slice(1));
    if (kind === 'v') return this.#variant();
    return this.all(type.slice(1, -1));
  }

  #number(kind: string, at: number): Value {
    const little = this.#littleEndian;
    switch (kind) {
      case 'y':
        return this.#view.getUint8(at);
      case 'b':
        return this.#view.getUint32(at, little) !== 0;
      case 'n':
        return this.#view.getInt16(at, little);
      case 'q':
        return this.#view.getUint16(at, little);
      case 'i':
        return this.#view.getInt32(at, little);
      case 'x':
        return this.#view.getBigInt64(at, little);
      case 't':
        return this.#view.getBigUint64(at, little);
      case 'd':
        return this.#view.getFloat64(at, little);
      default:
        return this.#view.getUint32(at, little);
    }
  }

  #text(length: number): string {
    const at = this.#skip(length + 1);
    if (this.#bytes[at + length] !== 0) throw new MalformedMessage('a text does not end with NUL');
    return latin1(this.#bytes.subarray(at, at + length));
  }

  #array(type: string): readonly Value[] {
    const length = Number(this.#number('u', this.#skip(4)));
    this.align(alignmentOf(type));
    const [outer, end] = [this.#end, this.#at + length];
    if (end > outer) throw new MalformedMessage('an array is longer than its message');
    this.#end = end;
    const values: Value[] = [];
    while (this.#at < end) values.push(this.#one(type));
    this.#end = outer;
    return values;
  }

  #variant(): Value {
    const signature = this.#text(Number(this.#number('y', this.#skip(1))));
    const values = this.all(signature);
    if (values.length !== 1) throw new MalformedMessage('a variant has one value');
    return { signature, value: values[0] as Value };
  }

  /** Returns the position before what is skipped. */
  #skip(size: number): number {
    const at = this.#at;
    if (at + size > this.#end) throw new MalformedMessage('it ends too early');
    this.#at = at + size;
    return at;
  }
}
