import type { Problem } from './problem.js';
import { specShape } from './shapes/spec.js';
import type { Spec } from './types.js';

/**
 * Replaces every value of the wrong shape in a parsed configuration by a harmless one of the right shape, so that the rest can be checked
 * in the same run. Returns null if the document is not an object. Modifies `value`.
 */
export function repaired(value: unknown): Spec | null {
  // A replaced object may lack required fields, which the next round adds.
  for (let findings = specShape(value); findings !== undefined; findings = specShape(value)) {
    for (const { pointer, sample } of findings) {
      if (pointer === '') return null;
      put(value, pointer.split('/').slice(1).map(unescape), sample);
    }
  }
  return value as Spec;
}

/**
 * The parts on whose meaning everything else depends. If one of them could not be read as a whole, results for the rest would mislead; one
 * wrong entry in a list leaves enough to check.
 */
const foundations: readonly string[] = ['/linux', '/linux/namespaces', '/linux/uidMappings', '/linux/gidMappings'];

/** Whether the meaning of a repaired configuration can be checked. */
export function isJudgeable(shape: readonly Problem[]): boolean {
  return !shape.some(({ pointer }) => foundations.includes(pointer));
}

/**
 * Returns a test whether another problem is new: one about a repaired value, or about a value that contains it, only repeats the first.
 * Takes time proportional to the pointers, not to all pairs of problems.
 */
export function isNews(shape: readonly Problem[]): (problem: Problem) => boolean {
  const repairedAt = new Set(shape.map(({ pointer }) => pointer));
  const holders = new Set(shape.flatMap(({ pointer }) => withHolders(pointer)));
  return ({ pointer }) => !withHolders(pointer).some((one) => repairedAt.has(one)) && (pointer === '' || !holders.has(pointer));
}

/** A pointer, and those of all values that contain its value. */
function withHolders(pointer: string): readonly string[] {
  const all = [pointer];
  for (let at = pointer.lastIndexOf('/'); at >= 0; at = pointer.lastIndexOf('/', at - 1)) {
    all.push(pointer.slice(0, at));
    if (at === 0) break;
  }
  return all;
}

function unescape(text: string): string {
  return text.replace(/~1/g, '/').replace(/~0/g, '~');
}

/** Sets the value at `path`, or removes it if the sample is undefined. */
function put(root: unknown, path: readonly string[], sample: unknown): void {
  let holder = root as object;
  for (const key of path.slice(0, -1)) holder = Reflect.get(holder, key) as object;
  const last = path[path.length - 1] as string;
  if (sample === undefined) Reflect.deleteProperty(holder, last);
  else Reflect.defineProperty(holder, last, { value: sample, writable: true, enumerable: true, configurable: true });
}
