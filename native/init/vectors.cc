#include "vectors.h"

#include "sys.h"

namespace tsrun::init {
namespace {

uint32_t count_of(const Text& list) {
  plan::Entries entries(list);
  uint32_t count = 0;
  for (Text entry; entries.next(entry);) ++count;
  return count;
}

const char** fill(const char** at, const Text& list) {
  plan::Entries entries(list);
  for (Text entry; entries.next(entry);) *at++ = entry.data;
  return at;
}

}  // namespace

long make_vectors(const Text& arguments, const Text& environment, const Text& extra, Vectors& vectors) {
  constexpr int kReadWrite = 3, kPrivateAnonymous = 0x2 | 0x20;
  // Two nulls and the extra one.
  vectors.size = (size_t{count_of(arguments)} + count_of(environment) + 3) * sizeof(char*);
  const long memory = sys::call(__NR_mmap, nullptr, vectors.size, kReadWrite, kPrivateAnonymous, -1, 0);
  if (memory < 0 && memory > -4096) return memory;
  // The memory is zero: both lists end with a null.
  vectors.arguments = reinterpret_cast<const char**>(memory);
  vectors.environment = fill(vectors.arguments, arguments) + 1;
  const char** const end = fill(vectors.environment, environment);
  if (!extra.empty()) *end = extra.data;
  return 0;
}

void free_vectors(const Vectors& vectors) { sys::call(__NR_munmap, vectors.arguments, vectors.size); }

}  // namespace tsrun::init
