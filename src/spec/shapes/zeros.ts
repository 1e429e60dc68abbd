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

/** Null is absent, as everywhere (shape.ts): Go's encoding/json reads it so. */
function put(object: Record<string, unknown>, key: string, value: unknown): void {
  object[key] ??= value;
}
