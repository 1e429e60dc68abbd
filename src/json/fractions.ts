import { merge } from './merge.js';
import { endOfString } from './string_end.js';

/**
 * Whether JSON text may contain a number with a fraction or a negative exponent: only these can be rounded to an integer. It is rarely true
 * without cause, and takes a few native calls if it is false, because every start of a container calls it.
 */
export function mayHoldFractions(text: string): boolean {
  return follows(text, '.') || follows(text, 'e-') || follows(text, 'E-');
}

/** Whether the sign follows the digits of a number, judging by its neighbourhood. */
function follows(text: string, sign: string): boolean {
  for (let at = text.indexOf(sign); at >= 0; at = text.indexOf(sign, at + 1)) {
    let start = at;
    while (isDigit(text.charCodeAt(start - 1))) start--;
    if (start < at && mayStand.includes(text.charAt(start - 1))) return true;
  }
  return false;
}

/** The characters that may precede the digits of a number. */
const mayStand = ':,[- \t\r\n';

/**
 * A JSON document with a symbol for each number that is not an integer, but that JSON.parse rounds to one: 9007199254740990.7,
 * 1.0000000000000001, 1e-400. The symbol's description is the number as written. No shape accepts a symbol. Exact integers, such as 1.5e1
 * and -0, stay.
 */
export function markFractions(text: string, document: unknown): unknown {
  const found: string[] = [];
  const parts: string[] = [];
  let copied = 0;
  for (const { start, end } of numbersOf(text)) {
    const digits = text.slice(start, end);
    if (!Number.isInteger(Number(digits)) || isExactInteger(digits)) continue;
    // Never equal to a number that rounds to an integer.
    parts.push(text.slice(copied, start), String(found.push(digits) - 0.5));
    copied = end;
  }
  if (found.length === 0) return document;
  const numbered: unknown = JSON.parse(parts.join('') + text.slice(copied));
  return merge(document, numbered, (_, number) => Symbol(found[number - 0.5]));
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Finds the numbers in JSON text: what begins with a digit or a minus sign outside of strings. */
function* numbersOf(text: string): Generator<Range> {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = endOfString(text, at);
    } else if (isDigit(code) || code === minus) {
      const start = at;
      while (isOfNumber(text.charCodeAt(at + 1))) at++;
      yield { start, end: at + 1 };
    }
  }
}

/** Decides by the text. An exponent may be too large to represent; the number is then not an integer, or not a safe one. */
function isExactInteger(number: string): boolean {
  const [mantissa = '', exponent = '0'] = number.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = whole + fraction;
  let last = digits.length - 1;
  while (last >= 0 && (digits.charCodeAt(last) === zero || digits.charCodeAt(last) === minus)) last--;
  if (last < 0) return true;
  const zeros = digits.length - 1 - last;
  return Number(exponent) - fraction.length + zeros >= 0;
}

const quote = 0x22;
const minus = 0x2d;
const zero = 0x30;

function isDigit(code: number): boolean {
  return code >= zero && code <= 0x39;
}

/** Whether it is a digit, or one of `.`, `e`, `E`, `+`, `-`. */
function isOfNumber(code: number): boolean {
  return isDigit(code) || code === 0x2e || code === 0x65 || code === 0x45 || code === 0x2b || code === minus;
}
