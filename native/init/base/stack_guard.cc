#include "stack_guard.h"

#include <cstdint>
#include <cstring>

// The names that the compiler expects.
extern "C" {
uintptr_t __stack_chk_guard = 0;
[[noreturn]] void __stack_chk_fail() { __builtin_trap(); }
}

namespace tsrun::init {

// After argv and the environment comes the auxiliary vector; AT_RANDOM points to sixteen random bytes from the kernel (getauxval(3)).
__attribute__((no_stack_protector)) void set_stack_guard(const long* stack) {
  constexpr long kEnd = 0, kRandom = 25;
  const long* at = stack + 1 + stack[0] + 1;
  while (*at != 0) ++at;
  for (++at; *at != kEnd; at += 2) {
    if (*at == kRandom) memcpy(&__stack_chk_guard, reinterpret_cast<const void*>(at[1]), sizeof __stack_chk_guard);
  }
  // As in glibc, the first byte is zero, so that reading a string beyond its end stops here.
  __stack_chk_guard &= ~uintptr_t{0xff};
}

}  // namespace tsrun::init
