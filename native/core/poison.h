// Tells AddressSanitizer which memory must not be touched. Without the sanitizer these do nothing.
#pragma once
#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define TSRUN_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TSRUN_ASAN 1
#endif
#endif

#ifdef TSRUN_ASAN
#include <sanitizer/asan_interface.h>
#define TSRUN_UNCHECKED __attribute__((no_sanitize_address, noinline))
#else
#define TSRUN_UNCHECKED
#endif

namespace tsrun {

inline void poison([[maybe_unused]] const void* memory, [[maybe_unused]] size_t size) {
#ifdef TSRUN_ASAN
  __asan_poison_memory_region(memory, size);
#endif
}

inline void unpoison([[maybe_unused]] const void* memory, [[maybe_unused]] size_t size) {
#ifdef TSRUN_ASAN
  __asan_unpoison_memory_region(memory, size);
#endif
}

}  // namespace tsrun
