import { usageError } from './usage_error.js';

const units = 'kmgtp';

/**
 * Bytes as runc and Docker write them (go-units' RAMInBytes): a number, and a unit such as k, kb or KiB, of 1024 each. -1 means no limit;
 * as in runc, any other negative number is refused.
 */
export function parseBytes(name: string, text: string): number {
  if (text === '-1') return -1;
  const [, number = '', unit = ''] = /^(\d{1,16}(?:\.\d{1,9})?) ?([kmgtp]?)i?b?$/i.exec(text) ?? [];
  const bytes = Math.floor(Number(number) * 1024 ** (unit === '' ? 0 : units.indexOf(unit.toLowerCase()) + 1));
  if (number === '' || !Number.isSafeInteger(bytes))
    throw usageError(
      `invalid value for ${name}: ${JSON.stringify(text)}`,
      'pass bytes, with k, m, g or t for units of 1024, or -1 for no limit',
    );
  return bytes;
}

/** A whole number from `minimum` to 2^53. */
export function parseWhole(name: string, text: string, minimum: number): number {
  const number = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(number) || number < minimum)
    throw usageError(`invalid value for ${name}: ${JSON.stringify(text)}`, `pass a whole number from ${minimum} on`);
  return number;
}
