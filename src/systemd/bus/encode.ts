import { utf8Length, writeUtf8 } from '../../protocol/utf8.js';
import { alignmentOf, fixedSizes, typesIn, type Value, type Variant } from './values.js';

/** Returns values in the wire format of D-Bus, little-endian, aligned from the beginning of the result. */
export function encode(signature: string, values: readonly Value[]): Uint8Array {
  const writer = new Writer();
  writer.all(signature, values);
  return Uint8Array.from(writer.bytes);
}

class Writer {
  readonly bytes: number[] = [];

  all(signature: string, values: readonly Value[]): void {
    const types = typesIn(signature);
    if (types?.length !== values.length) throw new TypeError(`"${signature}" is not the type of ${values.length} values`);
    types.forEach((type, index) => {
      this.#one(type, values[index] as Value);
    });
  }

  #one(type: string, value: Value): void {
    this.#align(alignmentOf(type));
    const kind = type[0] ?? '';
    if (fixedSizes[kind] !== undefined) this.#number(kind, value);
    else if (kind === 's' || kind === 'o') this.#text(value as string, 4);
    else if (kind === 'g') this.#text(value as string, 1);
    else if (kind === 'a') this.#array(type.slice(1), value as readonly Value[]);
    else if (kind === 'v') this.#variant(value as Variant);
    else this.all(type.slice(1, -1), value as readonly Value[]);
  }

  #number(kind: string, value: Value): void {
    const view = new DataView(new ArrayBuffer(8));
    if (kind === 'x') view.setBigInt64(0, BigInt(value as bigint), true);
    else if (kind === 't') view.setBigUint64(0, BigInt(value as bigint), true);
    else if (kind === 'd') view.setFloat64(0, Number(value), true);
    else view.setUint32(0, Number(value), true);
    for (let at = 0; at < (fixedSizes[kind] ?? 0); at++) this.bytes.push(view.getUint8(at));
  }

  /** The length without the NUL that ends it. */
  #text(text: string, lengthSize: 1 | 4): void {
    const length = utf8Length(text);
    const content = new Uint8Array(length);
    writeUtf8(content, 0, text);
    this.#number(lengthSize === 1 ? 'y' : 'u', length);
    for (const byte of content) this.bytes.push(byte);
    this.bytes.push(0);
  }

  /** The length counts neither itself nor the padding before the first element. */
  #array(type: string, values: readonly Value[]): void {
    const lengthAt = this.bytes.length;
    this.bytes.push(0, 0, 0, 0);
    this.#align(alignmentOf(type));
    const start = this.bytes.length;
    for (const value of values) this.#one(type, value);
    const length = this.bytes.length - start;
    for (let at = 0; at < 4; at++) this.bytes[lengthAt + at] = (length >>> (8 * at)) & 0xff;
  }

  #variant({ signature, value }: Variant): void {
    this.#text(signature, 1);
    this.all(signature, [value]);
  }

  #align(size: number): void {
    while (this.bytes.length % size !== 0) this.bytes.push(0);
  }
}
