import { isObject, type Shape } from '../../spec/shapes/shape.js';
import type { CreateRequest } from '../requests.js';
import type { ToEndOptions } from '../to_end.js';

/** Members that are no data, or are checked elsewhere, and so are in no shape. */
export const ofStreams: readonly (keyof CreateRequest)[] = ['stdio', 'terminal', 'signal', 'preserveFds', 'listenFds', 'logs'];

/** Of `run` only, which takes them out before the rest goes to `create` or `exec`. */
const ofRun: readonly string[] = ['input', 'timeout', 'grace', 'stopSignal', 'maxBuffer', 'encoding'] satisfies (keyof ToEndOptions)[];

/** A member that no request has. */
export interface UnknownMember {
  /** Such as `user.gid`. */
  readonly name: string;
  /** For people: the name that is probably meant, or all that there are. */
  readonly hint: string;
}

/**
 * Finds a member that the shape does not have, such as a misspelt one: it would have no effect, and may be a restriction. Null and
 * undefined count as absent. A name that differs in case only is refused by the shape itself.
 */
export function unknownMember(value: unknown, shape: Shape<unknown>, beside: readonly string[] = [], prefix = ''): UnknownMember | null {
  const { members, element } = shape;
  if (Array.isArray(value) || members === undefined) {
    if (element === undefined || typeof value !== 'object' || value === null) return null;
    for (const [name, one] of Object.entries(value)) {
      const found = unknownMember(one, element, [], `${prefix}${name}.`);
      if (found !== null) return found;
    }
    return null;
  }
  if (!isObject(value)) return null;
  for (const [name, member] of Object.entries(value)) {
    if (member === null || member === undefined) continue;
    const inner = members.get(name);
    if (inner === undefined) {
      const names = [...members.keys()];
      if (names.some((known) => known.toLowerCase() === name.toLowerCase())) continue;
      return { name: `${prefix}${name}`, hint: hintFor(name, [...names, ...beside], beside.includes('stdio')) };
    }
    const found = unknownMember(member, inner, [], `${prefix}${name}.`);
    if (found !== null) return found;
  }
  return null;
}

/** Says which name is probably meant. */
function hintFor(name: string, names: readonly string[], isRun: boolean): string {
  if (isRun && ofRun.includes(name)) return `only run() takes "${name}"`;
  const near = nearest(name, isRun ? [...names, ...ofRun] : names);
  if (near !== undefined) return `did you mean "${near}"?`;
  return names.length === 0 ? 'leave it out' : `what there is: ${names.join(', ')}`;
}

/** Names are short; a longer one is none of them. */
const longest = 64;

/** One with few letters to change, or one that the name begins with, as `env` for `environment`. */
function nearest(name: string, names: readonly string[]): string | undefined {
  if (name.length > longest) return undefined;
  const low = name.toLowerCase();
  const ranked = names
    .map((known) => ({ known, changes: changesTo(low, known.toLowerCase()) }))
    .sort((one, other) => one.changes - other.changes);
  const [first] = ranked;
  if (first !== undefined && first.changes <= Math.max(1, Math.floor(first.known.length / 3))) return first.known;
  return names.find(
    (known) => known.length > 2 && (low.startsWith(known.toLowerCase()) || (low.length > 2 && known.toLowerCase().startsWith(low))),
  );
}

/** How many letters to add, to remove or to replace (Levenshtein). */
function changesTo(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let at = 1; at <= from.length; at++) {
    const next = [at];
    for (let index = 1; index <= to.length; index++) {
      const replaced = (row[index - 1] ?? 0) + (from[at - 1] === to[index - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[index] ?? 0) + 1, (next[index - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
