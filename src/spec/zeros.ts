import { isObject } from './shape.js';

/**
 * Puts in the numbers of a parsed process that the specification requires and that its writers may leave out all the same: runc and crun read a missing one as zero, so
 * that configurations without them exist. `process` is changed.
 */
export function putZeros(process: unknown): void {
  if (!isObject(process)) return;
  put(process, 'user', {});
  const { user, ioPriority } = process;
  if (isObject(user)) {
    put(user, 'uid', 0);
    put(user, 'gid', 0);
  }
  if (isObject(ioPriority)) put(ioPriority, 'priority', 0);
}

/** Null is not missing: it is refused, since who wrote it did not mean root (CVE-2026-46680). */
function put(object: Record<string, unknown>, key: string, value: unknown): void {
  if (object[key] === undefined) object[key] = value;
}
