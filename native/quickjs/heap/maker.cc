#include "maker.h"

#include <sys/time.h>

#include <cinttypes>
#include <climits>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "arena.h"
#include "room.h"

namespace {
bool clock_stands_still;
}

// The linker redirects the engine's calls here (--wrap): the engine seeds Math.random with the time at which a context is created.
extern "C" int __real_gettimeofday(timeval* now, void* zone);
extern "C" int __wrap_gettimeofday(timeval* now, void* zone) {
  if (!clock_stands_still) return __real_gettimeofday(now, zone);
  *now = {1, 0};
  return 0;
}

namespace tsrun {
namespace {

// scripts/images.mjs writes it into the copy, in place of the mark in program_image.cc.
constexpr char kMakerMark[kMark + 1] = "tsrun: the maker";

// More than main.cc lets the engine use.
constexpr uint64_t kMostStack = 16u << 20;

const std::string kLoader = "/load-at";

struct Range {
  uint64_t from, to;
  std::string name;

  bool isStack() const { return name.find("[stack]") != std::string::npos; }
  // The range includes the addresses that the stack may grow to, because the engine's limit is among them.
  bool has(uint64_t word) const { return word >= from - (isStack() ? kMostStack : 0) && word < to; }
};

// The mappings that are neither the executable's nor load-at's. The engine has no pointer to load-at, and qemu-user maps it at
// 0x5500000000, which looks like a pair of small numbers.
std::vector<Range> foreignMappings() {
  std::vector<Range> ranges;
  FILE* const maps = fopen("/proc/self/maps", "re");
  if (maps == nullptr) return ranges;
  for (char line[PATH_MAX + 128]; fgets(line, sizeof line, maps) != nullptr;) {
    line[strcspn(line, "\n")] = '\0';
    uint64_t from, to;
    if (sscanf(line, "%" SCNx64 "-%" SCNx64, &from, &to) != 2 || isOurs(from)) continue;
    const std::string name = line;
    if (name.size() < kLoader.size() || name.compare(name.size() - kLoader.size(), kLoader.size(), kLoader) != 0)
      ranges.push_back({from, to, name});
  }
  fclose(maps);
  return ranges;
}

// stack_top and stack_limit of JSRuntime, which JS_UpdateStackTop and JS_SetMaxStackSize set again: 0 in the image.
constexpr int kWordsOfStack = 2;

// Rejects pointers that lead out of the heap and the executable, because they would be dangling in another process.
std::string removeForeignPointers(const HeapImage& heap) {
  std::string found;
  int ofStack = 0;
  const std::vector<Range> foreign = foreignMappings();
  for (size_t i = 0; i < heap.count; i++) {
    for (const Range& range : foreign) {
      if (!range.has(heap.words[i])) continue;
      if (range.isStack() && ++ofStack <= kWordsOfStack) {
        heap.words[i] = 0;
      } else {
        found += "word " + std::to_string(i) + " of the heap points to " + range.name + "\n";
      }
      break;
    }
  }
  return found;
}

}  // namespace

bool isMaker() { return memcmp(tsrun_programs, kMakerMark, kMark) == 0; }

void prepareMaker() {
  clock_stands_still = true;
  prepareForImage();
}

std::string writeProgramImage(size_t offset, const char* path) {
  HeapImage heap;
  if (!heapImage(&heap)) return "the heap has outgrown its beginning";
  if (std::string foreign = removeForeignPointers(heap); !foreign.empty()) return foreign;
  Image image{};
  image.words = heap.count;
  image.size = image.offsetOfWords() + wholePages(heap.count * sizeof(uint64_t));
  // Where the heap is, and where it will be.
  const auto from = reinterpret_cast<uintptr_t>(heap.words);
  const auto to = reinterpret_cast<uintptr_t>(tsrun_programs) + offset + image.offsetOfWords();
  std::vector<uint64_t> bytes(image.size / sizeof(uint64_t));
  memcpy(bytes.data(), &image, sizeof image);
  uint64_t* const masks = bytes.data() + sizeof image / sizeof(uint64_t);
  uint64_t* const words = bytes.data() + image.offsetOfWords() / sizeof(uint64_t);
  for (size_t i = 0; i < heap.count; i++) {
    const uint64_t word = heap.words[i];
    words[i] = word;
    if (!isOurs(word)) continue;
    words[i] = (word >= from && word <= from + heap.count * sizeof(uint64_t) ? word - from + to : word) - loadedAt();
    masks[i / kWordsOfMask] |= uint64_t{1} << i % kWordsOfMask;
  }
  FILE* const out = fopen(path, "we");
  const bool written = out != nullptr && fwrite(bytes.data(), 1, image.size, out) == image.size;
  // Here, since a full disk may be noticed only now.
  const bool closed = out != nullptr && fclose(out) == 0;
  return written && closed ? "" : std::string("cannot write ") + path;
}

}  // namespace tsrun
