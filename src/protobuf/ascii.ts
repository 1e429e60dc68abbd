/**
 * Nearly every text is ASCII. An engine that interprets JavaScript needs some 50 ns for each character of it, so a host may do this itself.
 */
export interface Ascii {
  /** Returns the text of these bytes, or undefined if one of them is not ASCII. */
  readonly read: (bytes: Uint8Array, from: number, to: number) => string | undefined;
  /**
   * Writes a text at an index. Returns the index after it, or a negative number if the text is not ASCII. The array must have a byte for
   * each character.
   */
  readonly write: (bytes: Uint8Array, at: number, text: string) => number;
}

/** Arguments of one call. */
const mostArguments = 4096;
const isAscii = /^[\0-\x7f]*$/;

let host: Ascii = {
  read: (bytes, from, to) => {
    if (to - from > mostArguments) return undefined;
    const text = String.fromCharCode.apply(null, bytes.subarray(from, to) as unknown as number[]);
    return isAscii.test(text) ? text : undefined;
  },
  write: (bytes, at, text) => {
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return -1;
      bytes[at + index] = code;
    }
    return at + text.length;
  },
};

/** Called by the entry file of a host that has its own. */
export function bindAscii(ascii: Ascii): void {
  host = ascii;
}

export const readAscii: Ascii['read'] = (bytes, from, to) => host.read(bytes, from, to);
export const writeAscii: Ascii['write'] = (bytes, at, text) => host.write(bytes, at, text);
