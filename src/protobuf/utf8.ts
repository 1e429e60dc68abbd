import { readAscii } from './ascii.js';

/** Decodes UTF-8; invalid bytes become U+FFFD. QuickJS has no TextDecoder. */
export function readUtf8(bytes: Uint8Array, from: number, to: number): string {
  const ascii = readAscii(bytes, from, to);
  if (ascii !== undefined) return ascii;
  const parts: string[] = [];
  const codes: number[] = [];
  for (let at = from; at < to;) {
    const [code, size] = codePoint(bytes, at, to);
    codes.push(code);
    at += size;
    if (codes.length === pieceSize) parts.push(String.fromCodePoint(...codes.splice(0)));
  }
  return parts.join('') + String.fromCodePoint(...codes);
}

/** Arguments of one call. */
const pieceSize = 4096;
const replacement: readonly [number, number] = [0xfffd, 1];

/** The code point that begins at an index, and how many bytes it has (RFC 3629). */
function codePoint(bytes: Uint8Array, at: number, to: number): readonly [number, number] {
  const first = bytes[at] as number;
  if (first < 0x80) return [first, 1];
  const size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + size > to) return replacement;
  let code = first & (0xff >> (size + 1));
  for (let index = 1; index < size; index++) {
    const byte = bytes[at + index] as number;
    if ((byte & 0xc0) !== 0x80) return replacement;
    code = (code << 6) | (byte & 0x3f);
  }
  const overlong = code < (size === 4 ? 0x10000 : size === 3 ? 0x800 : 0x80);
  return overlong || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? replacement : [code, size];
}
