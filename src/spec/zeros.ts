import { isObject } from './shape.js';

/**
 * Puts in the numbers of a parsed process that the specification requires and that its writers may leave out all the same: runc and crun read a missing one as zero, so
 * that configurations without them exist. `process` is changed.
 */
export function putZeros(process: unknown): void {
  if (!isObject(process)) return;
  process['user'] ??= {};
  const { user, ioPriority } = process;
  if (isObject(user)) {
    user['uid'] ??= 0;
    user['gid'] ??= 0;
  }
  if (isObject(ioPriority)) ioPriority['priority'] ??= 0;
}
