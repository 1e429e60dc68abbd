#include "stack_guard.h"

#include <cstdint>
#include <cstring>

// The compiler's names for them.
extern "C" {
uintptr_t __stack_chk_guard = 0;
[[noreturn]] void __stack_chk_fail() { __builtin_trap(); }
}

namespace tsrun::init {

// Behind argv and the environment lies the auxiliary vector; AT_RANDOM points to sixteen random bytes of the kernel's (getauxval(3)).
__attribute__((no_stack_protector)) void set_stack_guard(const long* stack) {
  constexpr long kEnd = 0, kRandom = 25;
  const long* at = stack + 1 + stack[0] + 1;
  while (*at != 0) ++at;
  for (++at; *at != kEnd; at += 2) {
    if (*at == kRandom) memcpy(&__stack_chk_guard, reinterpret_cast<const void*>(at[1]), sizeof __stack_chk_guard);
  }
  // As glibc: a zero first, so that no text that is read too far runs over it.
  __stack_chk_guard &= ~uintptr_t{0xff};
}

}  // namespace tsrun::init
