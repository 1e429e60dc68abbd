import { integer } from '../shape.js';

/** Go's types of the specification. JSON.parse rounds what is beyond 2^53, so that the largest values arrive as the power of two above them. */
export const uint16 = integer(0, 2 ** 16 - 1);
export const uint32 = integer(0, 2 ** 32 - 1);
export const int64 = integer(-(2 ** 63), 2 ** 63);
export const uint64 = integer(0, 2 ** 64);

/** A user or group id. 2^32 - 1 is (uid_t) -1, "leave as it is" to setuid(2) and chown(2): the process would stay root (CVE-2026-46680). */
export const id = integer(0, 2 ** 32 - 2);
