import { integer, longInteger } from './shape.js';

/** The Go types that the specification uses. */
export const uint16 = integer(0, 2 ** 16 - 1);
export const uint32 = integer(0, 2 ** 32 - 1);
export const int64 = longInteger(-(2n ** 63n), 2n ** 63n - 1n);
export const uint64 = longInteger(0n, 2n ** 64n - 1n);

/**
 * A user or group id. 2^32 - 1 is (uid_t) -1, which means "leave unchanged" to setuid(2) and chown(2): the process would stay root
 * (CVE-2026-46680).
 */
export const id = integer(0, 2 ** 32 - 2);

/** The major or minor part of a device number; -1 means all. The specification says int64, but the kernel accepts at most u32. */
export const deviceNumber = integer(-(2 ** 31), 2 ** 32 - 1);
