import type { Problem } from './problem.js';
import { specShape } from './shapes/spec.js';
import type { Spec } from './types.js';

/**
 * What is left of a parsed configuration without its members of the wrong shape, so that the rest can be checked, too. A list loses all of its elements,
 * so that the others keep their numbers. Null where nothing sound is left. `value` is changed.
 */
export function pruned(value: unknown): Spec | null {
  for (let findings = specShape(value); findings !== undefined; findings = specShape(value)) {
    for (const { pointer, found } of findings) {
      const path = pointer.split('/').slice(1).map(unescape);
      // What is missing spoils the object that it is missing from.
      if (!remove(value, found === 'nothing' ? path.slice(0, -1) : path)) return null;
    }
  }
  return value as Spec;
}

/** Whether another problem is about a value that was pruned, or about one that holds it: then it only repeats the first. */
export function repeats(problem: Problem, shape: readonly Problem[]): boolean {
  return shape.some(({ pointer }) => `${problem.pointer}/`.startsWith(`${pointer}/`) || `${pointer}/`.startsWith(`${problem.pointer}/`));
}

function unescape(text: string): string {
  return text.replace(/~1/g, '/').replace(/~0/g, '~');
}

/** Removes what `path` leads to, or the list that it passes through; false where that is the whole document. */
function remove(root: unknown, path: readonly string[]): boolean {
  let parent: unknown = root;
  let holder: unknown = root;
  let name = path[0];
  for (const key of path) {
    if (Array.isArray(parent)) break;
    if (typeof parent !== 'object' || parent === null) return true;
    holder = parent;
    name = key;
    parent = (parent as Readonly<Record<string, unknown>>)[key];
  }
  return name !== undefined && Reflect.deleteProperty(holder as object, name);
}
