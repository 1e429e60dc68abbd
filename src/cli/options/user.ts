import { usageError } from './usage_error.js';

export interface NumericUser {
  readonly uid: number;
  readonly gid?: number;
}

/**
 * Parses `UID[:GID]` of exec --user: decimal digits only, at most 4294967294. It is strict because a lenient number parser turns a name, a
 * sign or a number that is too big into another user, possibly root (CVE-2026-30892).
 */
export function parseUser(text: string): NumericUser {
  const [uid = '', gid, ...more] = text.split(':');
  if (more.length > 0) throw invalid(text);
  return gid === undefined ? { uid: parseUserId(uid, text) } : { uid: parseUserId(uid, text), gid: parseUserId(gid, text) };
}

/** 4294967295 means "unchanged" in setresuid(2), so it is not a user. */
const highest = 4294967294;

/** A user or group id. The message quotes `whole`. */
export function parseUserId(text: string, whole: string = text): number {
  // Refuses leading zeros too, because some readers take them for octal and others for decimal.
  if (!/^(0|[1-9]\d{0,9})$/.test(text) || Number(text) > highest) throw invalid(whole);
  return Number(text);
}

function invalid(text: string): Error {
  return usageError(
    `parse user ${JSON.stringify(text)}: expected numbers, as UID[:GID]`,
    'names are not looked up: pass ids from 0 to 4294967294',
  );
}
