#include "arena.h"

#include "sys.h"

namespace tsrun::init {
namespace {

#if defined(__x86_64__)
constexpr size_t kPage = 4 << 10;
#else
// The largest of arm64: it is a multiple of the others.
constexpr size_t kPage = 64 << 10;
#endif

// The plan of a container with a long seccomp filter, and the pointers for its execve(2).
constexpr size_t kSize = 32 << 10;
// Together, for the page that they begin on.
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
    // Sizes are at most kSize here, and so is their sum once it is rounded.
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
  // Deeper than any operation goes; what is not mapped of it is passed over (madvise(2), ENOMEM). The leaf function's own frame, which x86-64 puts
  // up to 128 bytes below the stack pointer, stays.
  constexpr size_t kDeepest = 128 << 10, kFrame = 256;
  constexpr int kDontNeed = 4;
  const auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  const uintptr_t end = (here - kFrame) / kPage * kPage;
  sys::call(__NR_madvise, end - kDeepest, kDeepest, kDontNeed);
}

}  // namespace tsrun::init
