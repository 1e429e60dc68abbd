/** A 64-bit integer, always exact: a number if it is safe (Number.isSafeInteger), otherwise a bigint. */
export type Integer64 = number | bigint;
