// The engine's heap. A command lives for a few milliseconds, so the heap grows by a pointer; what is freed is kept by size for the next block of that size.
// Against malloc(3) it saves a fifth of the instructions of a start. It begins in memory of the executable itself, so that all pointers in it and out of it
// move by one distance when the executable is loaded elsewhere: that is what makes images of it possible (program_image.h).
#pragma once
#include <quickjs.h>

#include <cstddef>
#include <cstdint>

namespace tsrun {

// For JS_NewRuntime2: an empty heap, which takes up to `limit` bytes more than its beginning. One heap a process.
const JSMallocFunctions* emptyArena(size_t limit);

// From now on what is freed is cleared, so that in an image no half of an old pointer stands beside a number.
void clearFreedBlocks();

// The heap's account of itself, then blocks.
struct HeapImage {
  uint64_t* words;
  size_t count;
};

// False where the heap has outgrown its beginning.
bool heapImage(HeapImage* image);

// Goes on with a heap that an image was made of, in writable memory of the executable and with its pointers right. What is allocated from now on lies elsewhere.
void adoptHeap(uint64_t* words);

// Two pointers into the heap that are found again in an image of it.
struct Roots {
  JSRuntime* runtime;
  JSContext* context;
};
Roots& roots();

}  // namespace tsrun
