import type { Value, Variant } from '../bus/values.js';

/** Words of GVariant's text format before a value, and their types. */
const keywords: Readonly<Record<string, string>> = {
  boolean: 'b',
  byte: 'y',
  int16: 'n',
  uint16: 'q',
  int32: 'i',
  uint32: 'u',
  int64: 'x',
  uint64: 't',
  double: 'd',
  string: 's',
  objectpath: 'o',
  signature: 'g',
};

/** The range of the integers of each type. */
const ranges: Readonly<Record<string, readonly [bigint, bigint]>> = {
  y: [0n, 255n],
  n: [-(2n ** 15n), 2n ** 15n - 1n],
  q: [0n, 2n ** 16n - 1n],
  i: [-(2n ** 31n), 2n ** 31n - 1n],
  u: [0n, 2n ** 32n - 1n],
  x: [-(2n ** 63n), 2n ** 63n - 1n],
  t: [0n, 2n ** 64n - 1n],
};

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', a: '\x07' };

/**
 * Reads the text format of GVariant as far as properties of units need it: booleans, numbers, texts, and arrays of these, with `uint64` or
 * `@as` before a value to give its type. Returns null for anything else.
 */
export function parseGVariant(text: string): Variant | null {
  const parser = new Parser(text);
  const parsed = parser.value();
  return parsed !== null && parser.isAtEnd() ? parsed : null;
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd(): boolean {
    this.#take(/\s*/y);
    return this.#at === this.#text.length;
  }

  value(): Variant | null {
    const given = this.#given();
    if (this.#take(/\[/y) !== undefined) return given === null || given.startsWith('a') ? this.#array(given?.slice(1) ?? null) : null;
    return this.#single(given);
  }

  /** Reads the type before a value; null if there is none. */
  #given(): string | null {
    this.#take(/\s*/y);
    const given = this.#take(/@a?[bynqiuxtdsog](?=\s)/y)?.slice(1) ?? keywords[this.#take(/[a-z]+[0-9]*(?=\s)/y) ?? ''];
    if (given === undefined) return null;
    this.#take(/\s*/y);
    return given;
  }

  /** Reads a value of the given type, or of its default type if `type` is null. */
  #single(type: string | null): Variant | null {
    const quote = this.#take(/['"]/y);
    if (quote !== undefined) return this.#quoted(quote, type ?? 's');
    const word = this.#take(/[^\s,\]]+/y) ?? '';
    if (word === 'true' || word === 'false') return type === null || type === 'b' ? { signature: 'b', value: word === 'true' } : null;
    return number(word, type);
  }

  /** All elements have the type of the first. */
  #array(type: string | null): Variant | null {
    const values: Value[] = [];
    let element = type;
    this.#take(/\s*/y);
    if (this.#take(/\]/y) !== undefined) return element === null ? null : { signature: `a${element}`, value: values };
    for (;;) {
      const given = this.#given();
      if (given !== null && element !== null && given !== element) return null;
      const one = this.#single(given ?? element);
      if (one === null) return null;
      element = one.signature;
      values.push(one.value);
      this.#take(/\s*/y);
      const next = this.#take(/[,\]]/y);
      if (next === ']') return { signature: `a${element}`, value: values };
      if (next === undefined) return null;
    }
  }

  #quoted(quote: string, type: string): Variant | null {
    if (!'sog'.includes(type)) return null;
    let value = '';
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text.charAt(this.#at);
      if (character === quote) {
        this.#at++;
        return { signature: type, value };
      }
      if (character === '\0') return null;
      if (character !== '\\') value += character;
      else {
        const escape = this.#text.charAt(++this.#at);
        value += escapes[escape] ?? escape;
      }
    }
    return null;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }
}

function number(word: string, type: string | null): Variant | null {
  if (type === 'd' || (type === null && /^[+-]?\d*\.\d+([eE][+-]?\d+)?$|^[+-]?\d+(\.\d*)?[eE][+-]?\d+$/.test(word))) {
    const value = Number(word);
    return word !== '' && Number.isFinite(value) ? { signature: 'd', value } : null;
  }
  const range = ranges[type ?? 'i'];
  if (range === undefined || !/^[+-]?(0x[0-9a-fA-F]{1,16}|\d{1,20})$/.test(word)) return null;
  const digits = BigInt(word.replace(/^[+-]/, ''));
  const value = word.startsWith('-') ? -digits : digits;
  if (value < range[0] || value > range[1]) return null;
  return { signature: type ?? 'i', value: type === 'x' || type === 't' ? value : Number(value) };
}
