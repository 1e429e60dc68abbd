/** Returns the replacement for a number of the document if the numbered document has another number in its place. */
export type Replace = (rounded: number, numbered: number) => unknown;

/** Returns `rounded` with other values wherever `numbered`, the same text parsed with other numbers in it, differs. Modifies `rounded`. */
export function merge(rounded: unknown, numbered: unknown, replace: Replace): unknown {
  if (typeof rounded !== 'object' || rounded === null)
    return typeof rounded !== 'number' || typeof numbered !== 'number' || rounded === numbered ? rounded : replace(rounded, numbered);
  if (typeof numbered !== 'object' || numbered === null) return rounded;
  for (const [key, value] of Object.entries(rounded as Record<string, unknown>)) {
    const exact = merge(value, Reflect.get(numbered, key), replace);
    // Not by assignment, which would treat "__proto__" differently.
    if (exact !== value) Reflect.defineProperty(rounded, key, { value: exact, writable: true, enumerable: true, configurable: true });
  }
  return rounded;
}
