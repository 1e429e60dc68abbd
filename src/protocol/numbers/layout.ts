/** The layout of a plan, which `native/plan_format.h` draws. Sizes and offsets are in bytes. */
export const layout = {
  /** 'PLAN', little-endian. */
  magic: 0x4e414c50,
  version: 1,
  headerSize: 16,
  recordSize: 104,
  /** In a record. */
  numbersOffset: 8,
  mostNumbers: 8,
  textsOffset: 72,
  mostTexts: 4,
} as const;
