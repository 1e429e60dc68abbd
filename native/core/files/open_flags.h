// The open flags of sys use the numbers of include/uapi/asm-generic/fcntl.h, which are those of x86-64, so that TypeScript needs only one
// list. On arm64 four of them differ (arch/arm64/include/uapi/asm/fcntl.h).
#pragma once
#include <fcntl.h>

#include <cstdint>

namespace tsrun {

inline uint64_t kernel_open_flags(int64_t generic) {
  struct Pair {
    uint64_t generic;
    uint64_t here;
  };
#ifdef O_LARGEFILE
  constexpr uint64_t kLargeFile = O_LARGEFILE;
#else
  constexpr uint64_t kLargeFile = 0;
#endif
  constexpr Pair kDiffering[] = {{040000, O_DIRECT}, {0100000, kLargeFile}, {0200000, O_DIRECTORY}, {0400000, O_NOFOLLOW}};
  const auto given = static_cast<uint64_t>(generic);
  uint64_t flags = given;
  for (const Pair& pair : kDiffering) flags &= ~pair.generic;
  for (const Pair& pair : kDiffering) {
    if (given & pair.generic) flags |= pair.here;
  }
  return flags;
}

}  // namespace tsrun
