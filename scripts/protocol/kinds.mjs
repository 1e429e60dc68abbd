/**
 * The kinds of fields (src/protocol/operations/definition.ts) in C++: the letter that native/plan_decode.cc uses to check the range, and
 * the type that an operation of tsrun-init gets.
 */
export const kinds = {
  flag: { letter: 'f', type: 'bool' },
  u16: { letter: 'h', type: 'uint16_t' },
  i32: { letter: 'i', type: 'int32_t' },
  u32: { letter: 'u', type: 'uint32_t' },
  id: { letter: 'd', type: 'uint32_t' },
  idOrNone: { letter: 'o', type: 'int64_t' },
  i64: { letter: 'l', type: 'int64_t' },
  u64: { letter: 'l', type: 'uint64_t' },
  integer64: { letter: 'l', type: 'uint64_t' },
  text: { letter: 's', type: 'const Text&' },
  bytes: { letter: 'b', type: 'const Text&' },
  list: { letter: 'l', type: 'const Text&' },
};
