// Memory of tsrun-init, and the argument vectors that are built in it.
#include "../../init/base/arena.h"
#include "../../init/base/sys.h"
#include "../../init/base/vectors.h"
#include "scratch.h"

namespace tsrun::test {
namespace {

constexpr size_t kMuch = 1 << 20;

void* take(size_t size) { return reinterpret_cast<void*>(init::take_room(size)); }

void taking_and_giving() {
  void* const first = take(24);
  void* const second = take(1);
  check(static_cast<char*>(second) - static_cast<char*>(first) == 32, "allocations follow each other, aligned");
  init::give_back_room(first, 24);
  void* const third = take(1);
  check(third > second, "an allocation that is not the last stays taken");
  init::give_back_room(third, 1);
  check(take(1) == third, "the last allocation can be reused");
  void* const large = take(kMuch);
  check(large != nullptr && (large < first || large > static_cast<char*>(first) + kMuch), "an allocation that does not fit is mapped");
  static_cast<char*>(large)[kMuch - 1] = 1;
  init::give_back_room(large, kMuch);
  unsigned char resident;
  check(init::sys::call(__NR_mincore, large, 1, &resident) == -ENOMEM, "a mapped allocation is unmapped");
}

void vectors() {
  // The memory contained something else before.
  void* const before = take(256);
  init::memset(before, 'x', 256);
  init::give_back_room(before, 256);
  const init::Text arguments = {"a\0b", 4};
  const init::Text environment = {"C=1", 4};
  init::Vectors made;
  check(init::make_vectors(arguments, environment, init::text_of("HOME=/"), made) == 0, "vectors are built");
  check(std::string(made.arguments[0]) == "a" && std::string(made.arguments[1]) == "b" && made.arguments[2] == nullptr,
        "arguments end with a null");
  check(std::string(made.environment[0]) == "C=1" && std::string(made.environment[1]) == "HOME=/" && made.environment[2] == nullptr,
        "the environment, and the extra variable, end with a null");
  init::free_vectors(made);
  check(take(1) == static_cast<void*>(made.arguments), "vectors are returned");
}

[[gnu::noinline]] void go_deep() {
  volatile char deep[64 << 10];
  for (size_t i = 0; i < sizeof deep; i += 1024) deep[i] = 1;
}

int resident_below(uintptr_t top) {
  constexpr size_t kPage = 4096, kPages = 8;
  unsigned char resident[kPages] = {};
  init::sys::call(__NR_mincore, top / kPage * kPage - 10 * kPage, kPages * kPage, resident);
  int count = 0;
  for (const unsigned char page : resident) count += page & 1;
  return count;
}

void dead_stack() {
  const auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  go_deep();
  const int before = resident_below(here);
  init::release_dead_stack();
  const int after = resident_below(here);
  check(before == 8 && after == 0, "the stack that deep calls used is released");
}

}  // namespace

void arena_tests() {
  taking_and_giving();
  vectors();
  dead_stack();
}

}  // namespace tsrun::test
