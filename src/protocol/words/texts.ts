import type { Integer64 } from '../../json/integer64.js';
import { rlimitInfinity } from '../rlimit_infinity.js';

/** Formats values of fields for people. */

export function quote(text: string): string {
  return JSON.stringify(text);
}

/** Quotes the text without escaping: error messages do not escape paths. */
export function bareQuote(text: string): string {
  return `"${text}"`;
}

export function labelled(label: string): string {
  return label === '' ? '' : `label ${quote(label)}`;
}

/** Joins the parts that are not empty. */
export function joined(separator: string, parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(separator);
}

export function octal(value: number): string {
  return `0${value.toString(8)}`;
}

export function limit(value: Integer64): string {
  return value === rlimitInfinity ? 'unlimited' : String(value);
}

/** The set bits of a mask as numbers. */
export function bitList(mask: Uint8Array | ''): string {
  const numbers: number[] = [];
  if (mask === '') return '';
  mask.forEach((byte, index) => {
    for (let bit = 0; bit < 8; bit++) if ((byte & (1 << bit)) !== 0) numbers.push(index * 8 + bit);
  });
  return numbers.join(',');
}

/** gid_t[], little-endian. */
export function groupList(list: Uint8Array | ''): string {
  if (list === '' || list.length === 0) return 'none';
  const view = new DataView(list.buffer, list.byteOffset, list.length);
  return Array.from({ length: list.length / 4 }, (_, index) => view.getUint32(index * 4, true)).join(',');
}
