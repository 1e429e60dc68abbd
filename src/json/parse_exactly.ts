import { merge } from './merge.js';

/**
 * JSON text, already known to be JSON, with every integer as it is written: one that a number of JavaScript does not hold exactly (beyond
 * 2^53 - 1) is a bigint. Numbers with a fraction or an exponent stay what JSON.parse makes of them (fractions.ts).
 *
 * Neither engine's JSON.parse tells the source of a number. So the text is parsed twice, the second time with a serial number in the place
 * of what looks like a long integer: where both have a number, and not the same, the integer is that of the serial number. A string may
 * look like one, too; then nothing comes of it.
 */
export function parseExactly(text: string): unknown {
  const found: string[] = [];
  const numbered = text.replace(longInteger, (_, before: string, digits: string) => `${before}${found.push(digits) - 1}`);
  const rounded: unknown = JSON.parse(text);
  return found.length === 0 ? rounded : merge(rounded, JSON.parse(numbered), (value, number) => integerOf(value, found[number]));
}

/**
 * 2^53 has 16 digits. What has more than 64 fits nowhere, and stays a number, which no shape takes. Everything is bounded: over millions of
 * digits, or of blanks behind them, V8's stack for going back overflows (RangeError), and BigInt takes the memory and the time of the
 * engine.
 */
const longInteger = /([:,[\s])(-?\d{16,64})(?![\d.eE])/g;

/** One value has one form, so that values can be compared by ===. Digits that do not round to the number belong to something else. */
function integerOf(rounded: number, digits: string | undefined): number | bigint {
  if (digits === undefined || Number(digits) !== rounded || Number.isSafeInteger(rounded)) return rounded;
  return BigInt(digits);
}
