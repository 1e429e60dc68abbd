#include "program_image.h"

#include <sys/mman.h>

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <vector>

#include "arena.h"

// The first and the last address of the executable, from the linker.
extern "C" __attribute__((visibility("hidden"))) const char __executable_start[];
extern "C" __attribute__((visibility("hidden"))) const char _end[];

// The room for the images, empty when it is linked. Not an array of C++, of whose content the compiler would be certain. Its mark is what scripts/images.mjs looks for.
#define TSRUN_TEXT(x) #x
#define TSRUN_TEXT_OF(x) TSRUN_TEXT(x)
asm(".pushsection .data.tsrun_programs, \"aw\", %progbits\n"
    ".balign 4096\n.global tsrun_programs\n.hidden tsrun_programs\n"
    "tsrun_programs:\n  .ascii \"tsrun: programs\\n\"\n  .skip " TSRUN_TEXT_OF(TSRUN_PROGRAM_ROOM) " - 16\n.popsection\n");
extern "C" __attribute__((visibility("hidden"))) unsigned char tsrun_programs[];

namespace tsrun {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kMark = 16;
constexpr size_t kWordsOfMask = 64;

constexpr size_t wholePages(size_t size) { return (size + kPage - 1) / kPage * kPage; }

// In the first page of the room, behind the mark: where the images are. An empty name ends the list.
struct Entry {
  char verb[16];
  uint64_t offset;
};

// In whole pages: this header and the masks (one bit a word, set for a pointer), then the words of the heap.
struct Image {
  uint64_t words;
  uint64_t size;

  size_t masks() const { return (words + kWordsOfMask - 1) / kWordsOfMask; }
  const uint64_t* firstMask() const { return reinterpret_cast<const uint64_t*>(this + 1); }
  size_t offsetOfWords() const { return wholePages(sizeof(Image) + masks() * sizeof(uint64_t)); }
};

const Entry* firstEntry() { return reinterpret_cast<const Entry*>(tsrun_programs + kMark); }

// Null where there is none. It looks at no image but the one: each that is looked at costs a page fault.
Image* find(const char* verb) {
  for (const Entry* entry = firstEntry(); entry->verb[0] != '\0'; entry++) {
    if (strncmp(entry->verb, verb, sizeof entry->verb) == 0) return reinterpret_cast<Image*>(tsrun_programs + entry->offset);
  }
  return nullptr;
}

uint64_t loadedAt() { return reinterpret_cast<uintptr_t>(__executable_start); }

bool isOurs(uint64_t word) { return word >= loadedAt() && word < reinterpret_cast<uintptr_t>(_end); }

struct Range {
  uint64_t from, to;
  std::string name;
};

// What is mapped besides the executable.
std::vector<Range> foreignMappings() {
  std::vector<Range> ranges;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    uint64_t from, to;
    if (sscanf(line.c_str(), "%" SCNx64 "-%" SCNx64, &from, &to) == 2 && !isOurs(from)) ranges.push_back({from, to, line});
  }
  return ranges;
}

// JSRuntime's stack_top and stack_limit, which JS_UpdateStackTop sets anew.
constexpr int kWordsOfStack = 2;

// A pointer that leads out of the heap and the executable would lead nowhere in another process.
std::string findForeignPointers(const HeapImage& heap) {
  std::string found;
  int ofStack = 0;
  const std::vector<Range> foreign = foreignMappings();
  for (size_t i = 0; i < heap.count; i++) {
    for (const Range& range : foreign) {
      if (heap.words[i] < range.from || heap.words[i] >= range.to) continue;
      if (range.name.find("[stack]") != std::string::npos && ++ofStack <= kWordsOfStack) continue;
      found += "word " + std::to_string(i) + " of the heap points to " + range.name + "\n";
    }
  }
  return found;
}

}  // namespace

bool lacksPrograms() { return firstEntry()->verb[0] == '\0'; }

bool restoreProgram(const char* verb) {
  Image* image = find(verb);
  if (image == nullptr) return false;
  unsigned char* memory = reinterpret_cast<unsigned char*>(image) + image->offsetOfWords();
  // Nearly all of them hold pointers. Since Linux 5.14; before that each page faults by itself.
  constexpr int kPopulateWrite = 23;
  madvise(memory, wholePages(image->words * sizeof(uint64_t)), kPopulateWrite);
  auto* const words = reinterpret_cast<uint64_t*>(memory);
  const uint64_t base = loadedAt();
  const uint64_t* const masks = image->firstMask();
  for (size_t i = 0; i < image->masks(); i++) {
    for (uint64_t left = masks[i]; left != 0; left &= left - 1)
      words[i * kWordsOfMask + static_cast<size_t>(__builtin_ctzll(left))] += base;
  }
  adoptHeap(words);
  return true;
}

// A word may hold a number or four characters in its lower half and in its upper one what is left of a pointer.
bool pointersAreTelling() {
  const auto low = static_cast<uint32_t>(loadedAt());
  const auto high = static_cast<uint32_t>(reinterpret_cast<uintptr_t>(_end));
  return low > 0x80000000 && high > low && high < 0xf8000000;
}

std::string writeProgramImage(size_t offset, const char* path) {
  HeapImage heap;
  if (!heapImage(&heap)) return "the heap has outgrown its beginning";
  if (std::string foreign = findForeignPointers(heap); !foreign.empty()) return foreign;
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
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(image.size));
  out.close();
  return out ? "" : std::string("cannot write ") + path;
}

}  // namespace tsrun
