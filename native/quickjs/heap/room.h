// The executable's room for images of programs: scripts/images.mjs writes it, program_image.cc reads it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>

// The first and the last address of the executable, from the linker.
extern "C" __attribute__((visibility("hidden"))) const char __executable_start[];
extern "C" __attribute__((visibility("hidden"))) const char _end[];
extern "C" __attribute__((visibility("hidden"))) unsigned char tsrun_programs[];

namespace tsrun {

constexpr size_t kPage = 4096;
constexpr size_t kWordsOfMask = 64;
// At the start of the room.
constexpr size_t kMark = 16;

constexpr size_t wholePages(size_t size) { return (size + kPage - 1) / kPage * kPage; }

// In the first page of the room, after the mark: the table of images. An empty name ends it.
struct Entry {
  char verb[16];
  uint64_t offset;
};

// In whole pages: this header and the masks (one bit per word, set for a pointer), then the words of the heap.
struct Image {
  uint64_t words;
  uint64_t size;

  size_t masks() const { return (words + kWordsOfMask - 1) / kWordsOfMask; }
  const uint64_t* firstMask() const { return reinterpret_cast<const uint64_t*>(this + 1); }
  size_t offsetOfWords() const { return wholePages(sizeof(Image) + masks() * sizeof(uint64_t)); }
};

inline uint64_t loadedAt() { return reinterpret_cast<uintptr_t>(__executable_start); }

inline bool isOurs(uint64_t word) { return word >= loadedAt() && word < reinterpret_cast<uintptr_t>(_end); }

}  // namespace tsrun
