// Tests of native/quickjs/heap. Each runs in its own process, because there is one heap per process.
#pragma once
#include <string>

#include "../../quickjs/engine.h"
#include "../../quickjs/heap/arena.h"

namespace tsrun::test {

bool check(bool good, const char* name);

// Runs in a forked process.
void test(void (*body)());
// The same for code that AddressSanitizer must abort; does nothing without it.
void dies(const char* name, void (*body)());

// A directory for files.
extern std::string directory;

// The functions of a heap, as the engine calls them.
class Heap {
 public:
  explicit Heap(size_t beyond) : functions_(emptyArena(beyond)) {}
  void* allocate(size_t size) { return functions_->js_malloc(state(), size); }
  void release(void* block) { functions_->js_free(state(), block); }
  void* resize(void* block, size_t size) { return functions_->js_realloc(state(), block, size); }
  size_t usable(const void* block) { return functions_->js_malloc_usable_size(block); }

 private:
#if TSRUN_QUICKJS_NG
  void* state() { return nullptr; }
#else
  JSMallocState* state() { return &state_; }
  JSMallocState state_{};
#endif
  const JSMallocFunctions* functions_;
};

void arena_tests();
void image_tests();

}  // namespace tsrun::test
