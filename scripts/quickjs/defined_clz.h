/*
 * Included before every source of the engine: gives the count of the leading zeros of 0 the value that the engine expects. The compiler
 * leaves it undefined, and so does bsr of x86-64. js_bigint_to_string1() of QuickJS 2025-04-26 asks for it with -2^63 - 1 and other
 * negative numbers whose absolute value begins with the highest bit of a limb; the answer decides how much memory it writes to.
 */
#define __builtin_clz(x)                          \
  ({                                              \
    const unsigned int counted = (x);             \
    counted == 0 ? 32 : (__builtin_clz)(counted); \
  })
#define __builtin_clzll(x)                          \
  ({                                                \
    const unsigned long long counted = (x);         \
    counted == 0 ? 64 : (__builtin_clzll)(counted); \
  })
