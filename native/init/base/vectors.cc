#include "vectors.h"

#include "arena.h"

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
  // Two null pointers and the extra variable.
  vectors.size = (size_t{count_of(arguments)} + count_of(environment) + 3) * sizeof(char*);
  const long memory = take_room(vectors.size);
  if (memory < 0 && memory > -4096) return memory;
  vectors.arguments = reinterpret_cast<const char**>(memory);
  const char** end = fill(vectors.arguments, arguments);
  *end++ = nullptr;
  vectors.environment = end;
  end = fill(end, environment);
  if (!extra.empty()) *end++ = extra.data;
  *end = nullptr;
  return 0;
}

void free_vectors(const Vectors& vectors) { give_back_room(vectors.arguments, vectors.size); }

}  // namespace tsrun::init
