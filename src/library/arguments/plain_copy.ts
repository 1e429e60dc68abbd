/** No useful argument or configuration is deeper. An object that contains itself has no end. */
const depthLimit = 64;

/**
 * A deep copy of what a caller passed, so that nothing which happens later to the caller's object changes what was checked. Reads each
 * member once: a getter or a Proxy cannot return one value to the check and another one afterwards. Members that are undefined are left
 * out, as JSON.stringify does.
 * @throws RangeError if it is nested deeper than 64 levels
 */
export function plainCopy(value: unknown, depth = depthLimit): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) throw new RangeError(`nested deeper than ${depthLimit} levels`);
  if (Array.isArray(value)) return Array.from(value as readonly unknown[], (member) => plainCopy(member, depth - 1));
  const copy: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    // Not an assignment, because that would set the prototype for the name __proto__.
    if (member !== undefined) {
      Object.defineProperty(copy, name, { value: plainCopy(member, depth - 1), enumerable: true, writable: true, configurable: true });
    }
  }
  return copy;
}
