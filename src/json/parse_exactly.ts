import { merge } from './merge.js';

/**
 * Parses JSON text, already known to be valid, with every integer as written: one that a JavaScript number cannot represent exactly (beyond
 * 2^53 - 1) becomes a bigint. Numbers with a fraction or an exponent stay as JSON.parse returns them (fractions.ts).
 *
 * Neither engine's JSON.parse reports the source of a number. So the text is parsed twice, the second time with a serial number in place of
 * everything that looks like a long integer. Wherever both results have a number, and the numbers differ, the serial number identifies the
 * integer. A string may look like an integer, too, but then both results have a string there.
 * look like one, too; then nothing comes of it.
 */
export function parseExactly(text: string): unknown {
  const found: string[] = [];
  const numbered = text.replace(longInteger, (_, before: string, digits: string) => `${before}${found.push(digits) - 1}`);
  const rounded: unknown = JSON.parse(text);
  return found.length === 0 ? rounded : merge(rounded, JSON.parse(numbered), (value, number) => integerOf(value, found[number]));
}

/**
 * 2^53 has 16 digits. An integer with more than 64 digits fits nowhere and stays a number, which no shape accepts. All repetitions are
 * bounded: over millions of digits, or of blanks after them, V8's backtracking stack overflows (RangeError), and BigInt takes much of the
 * engine's memory and time.
 */
const longInteger = /([:,[\s])(-?\d{16,64})(?![\d.eE])/g;

/** Each value has one form, so that values can be compared by ===. Digits that do not round to the number belong to something else. */
function integerOf(rounded: number, digits: string | undefined): number | bigint {
  if (digits === undefined || Number(digits) !== rounded || Number.isSafeInteger(rounded)) return rounded;
  return BigInt(digits);
}
