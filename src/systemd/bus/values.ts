/**
 * A value of D-Bus: a number for up to 32 bits and for `d`, a bigint for `x` and `t`, a list for arrays and structures, a {@link Variant}
 * for `v`.
 */
export type Value = string | number | bigint | boolean | Variant | readonly Value[];

/** A value with its type, such as `{ signature: 'as', value: ['a'] }`. */
export interface Variant {
  readonly signature: string;
  readonly value: Value;
}

/** Types by their size in bytes, which is also their alignment. */
export const fixedSizes: Readonly<Record<string, number>> = { y: 1, b: 4, n: 2, q: 2, i: 4, u: 4, x: 8, t: 8, d: 8 };

/** A length precedes a text: of four bytes, or of one byte for a signature. */
export const texts = 'sog';

/** Nesting of arrays and of structures, each (D-Bus specification, "Valid Signatures"). */
const deepest = 32;

/** Returns the end of the complete type that begins at `start`; -1 if there is no complete type. */
export function endOfType(signature: string, start: number, depth = 0): number {
  const kind = signature[start];
  if (kind === undefined || depth > deepest) return -1;
  if (fixedSizes[kind] !== undefined || texts.includes(kind) || kind === 'v') return start + 1;
  if (kind === 'a') return endOfType(signature, start + 1, depth + 1);
  if (kind !== '(' && kind !== '{') return -1;
  const closing = kind === '(' ? ')' : '}';
  let at = start + 1;
  while (at > 0 && at < signature.length && signature[at] !== closing) at = endOfType(signature, at, depth + 1);
  return at > start + 1 && at < signature.length ? at + 1 : -1;
}

/** Splits a signature into its complete types; null if it is not valid. */
export function typesIn(signature: string): readonly string[] | null {
  const types: string[] = [];
  for (let at = 0; at < signature.length;) {
    const end = endOfType(signature, at);
    if (end < 0) return null;
    types.push(signature.slice(at, end));
    at = end;
  }
  return types;
}

/** A value of this type begins at a multiple of this. */
export function alignmentOf(type: string): number {
  const kind = type[0] ?? '';
  if (kind === '(' || kind === '{') return 8;
  if (kind === 'v' || kind === 'g') return 1;
  return fixedSizes[kind] ?? 4;
}
