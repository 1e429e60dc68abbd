/**
 * Restores integers beyond 2^53 in a record of a release that rounded them, to what they most probably were, in the form of today's
 * records. 2^64 was "no limit"; 2^63 was the "no limit" of Go and Java programs, minus one. Modifies `value`.
 */
export function unrounded(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value) ? likely(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  for (const [key, member] of Object.entries(value)) {
    const whole = unrounded(member);
    if (whole !== member) Reflect.defineProperty(value, key, { value: whole, writable: true, enumerable: true, configurable: true });
  }
  return value;
}

function likely(rounded: number): bigint {
  if (rounded >= 2 ** 64) return 2n ** 64n - 1n;
  return rounded === 2 ** 63 ? 2n ** 63n - 1n : BigInt(rounded);
}
