#include "arena.h"

#include "sys.h"

namespace tsrun::init {
namespace {

#if defined(__x86_64__)
constexpr size_t kPage = 4 << 10;
#else
// The largest page size on arm64, a multiple of the others.
constexpr size_t kPage = 64 << 10;
#endif

// Enough for the plan of a container with a long seccomp filter, and the pointers for its execve(2).
constexpr size_t kSize = 32 << 10;
// Kept together, because of the page that they start on.
alignas(kPage) struct {
  size_t used;
  alignas(max_align_t) char memory[kSize];
} arena;

size_t rounded(size_t size) { return (size + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t); }

bool is_ours(const void* address) { return address >= arena.memory && address < arena.memory + kSize; }

}  // namespace

long take_room(size_t size) {
  if (size <= kSize - arena.used) {
    char* const taken = arena.memory + arena.used;
    // Sizes are at most kSize here, so the rounded sum cannot overflow.
    arena.used += rounded(size);
    return sys::word(taken);
  }
  constexpr int kReadWrite = 3, kPrivateAnonymousPopulate = 0x2 | 0x20 | 0x8000;
  return sys::call(__NR_mmap, nullptr, size, kReadWrite, kPrivateAnonymousPopulate, -1, 0);
}

void give_back_room(void* address, size_t size) {
  if (!is_ours(address)) {
    sys::call(__NR_munmap, address, size);
  } else if (static_cast<char*>(address) + rounded(size) == arena.memory + arena.used) {
    arena.used -= rounded(size);
  }
}

[[gnu::noinline]] void release_dead_stack() {
  // Deeper than any operation goes. madvise(2) skips unmapped parts (ENOMEM). Keep the frame of this leaf function, which x86-64 places up
  // to 128 bytes below the stack pointer.
  constexpr size_t kDeepest = 128 << 10, kFrame = 256;
  constexpr int kDontNeed = 4;
  const auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  const uintptr_t end = (here - kFrame) / kPage * kPage;
  sys::call(__NR_madvise, end - kDeepest, kDeepest, kDontNeed);
}

}  // namespace tsrun::init
