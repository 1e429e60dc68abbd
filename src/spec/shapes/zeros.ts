import { isObject } from './shape.js';

/**
 * Fills in numbers of a parsed process that the specification requires but that writers of configurations may omit: runc and crun read a
 * missing one as zero, so such configurations exist. Modifies `process`.
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

/** Null means absent, as everywhere (shape.ts), because Go's encoding/json reads it this way. */
function put(object: Record<string, unknown>, key: string, value: unknown): void {
  object[key] ??= value;
}
