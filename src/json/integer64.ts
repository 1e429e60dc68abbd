/** An integer of 64 bits, always exact: a number where a number holds it (Number.isSafeInteger), else a bigint. */
export type Integer64 = number | bigint;
