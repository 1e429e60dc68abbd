// The engine's heap. A command lives for a few milliseconds, so the heap grows by moving a pointer, and freed blocks are kept by size for
// reuse. This saves a fifth of a start's instructions compared with malloc(3). The heap begins in memory of the executable itself, so if
// the executable is loaded elsewhere, all pointers into the heap and out of it move by the same distance. This makes images of it possible
// (program_image.h).
#pragma once
#include <quickjs.h>

#include <cstddef>
#include <cstdint>

namespace tsrun {

// The bytes of the heap's beginning, and the most that a program in an image may take. The server's program takes 1.6 MB.
constexpr size_t kHeapBeginning = 2 << 20;

// For JS_NewRuntime2: an empty heap that may grow `limit` bytes past its beginning. One heap at a time.
const JSMallocFunctions* emptyArena(size_t limit);

// From now on, clear freed blocks, so that an image contains no half of an old pointer next to a number, and divide large ones for reuse,
// so that it is small.
void prepareForImage();

// The heap's bookkeeping, then its blocks.
struct HeapImage {
  uint64_t* words;
  size_t count;
};

// Returns false if the heap has outgrown its beginning.
bool heapImage(HeapImage* image);

// Continues with a heap from an image, in writable memory of the executable and with its pointers relocated. New allocations are made
// elsewhere.
void adoptHeap(uint64_t* words);

// Gives back the memory of a heap that nothing will use any more, so that another one can begin. That of an image stays.
void abandonHeap();

// Two pointers into the heap, stored so that they can be found in an image of it.
struct Roots {
  JSRuntime* runtime;
  JSContext* context;
};
Roots& roots();

}  // namespace tsrun
