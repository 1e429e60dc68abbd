#include "arena.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstring>

#include "../../core/poison.h"
#include "../engine.h"

namespace tsrun {
namespace {

// Precedes every block: its size, which is that of its class.
using Header = uint64_t;

struct Free {
  Free* next;
};

// Size classes: each multiple of 8 up to 1 KB, then four per power of two. The engine's types need no larger alignment, and with 16 the
// images would be a twentieth larger.
constexpr size_t kGrain = 8;
constexpr size_t kSmall = 1024;
constexpr unsigned kSmallClasses = kSmall / kGrain;
constexpr unsigned kClasses = kSmallClasses + 4 * 54;

// Faulted in at once, because every command touches it. One call costs less than a fault for each page.
constexpr size_t kPopulated = 96 << 10;

// Lies at the beginning of the heap, and so in every image of it.
struct Account {
  Roots roots;
  uint8_t* next_block;
  uint8_t* end;
  // How much may still be mapped beyond the beginning; 0 once it has been mapped.
  size_t beyond;
  Free* freed[kClasses];
};

alignas(4096) uint8_t beginning[kHeapBeginning];

Account* heap;

// What is mapped beyond the beginning.
void* beyond_memory;
size_t beyond_size;

bool makes_image;

struct SizeClass {
  unsigned index;
  size_t size;
};

SizeClass class_of(size_t wanted) {
  if (wanted <= kSmall) {
    const size_t units = wanted == 0 ? 1 : (wanted + kGrain - 1) / kGrain;
    return {static_cast<unsigned>(units - 1), units * kGrain};
  }
  // wanted - 1 lies in [2^top, 2^(top+1)), top >= 10, which is divided into quarters.
  const auto top = 63u - static_cast<unsigned>(__builtin_clzll(wanted - 1));
  const unsigned shift = top - 2;
  const size_t quarters = ((wanted - 1) >> shift) + 1;
  return {kSmallClasses + 4 * (top - 10) + static_cast<unsigned>(quarters - 5), quarters << shift};
}

// Headers are poisoned, so a write past the end of a block is detected at the header of the next one.
TSRUN_UNCHECKED Header header_of(const void* block) { return static_cast<const Header*>(block)[-1]; }
TSRUN_UNCHECKED void set_header(void* block, Header size) { static_cast<Header*>(block)[-1] = size; }

// Abandons the rest of the beginning.
bool growBeyond() {
  size_t size = heap->beyond;
  heap->beyond = 0;
  if (size == 0) return false;
  void* memory = MAP_FAILED;
  // RLIMIT_AS and RLIMIT_DATA count mapped memory, not used memory, so map less under a small limit.
  for (; memory == MAP_FAILED && size >= kHeapBeginning; size = memory == MAP_FAILED ? size / 2 : size) {
    memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  }
  if (memory == MAP_FAILED) return false;
  // A huge page would have to be cleared as a whole.
  madvise(memory, size, MADV_NOHUGEPAGE);
  beyond_memory = memory;
  beyond_size = size;
  heap->next_block = static_cast<uint8_t*>(memory);
  heap->end = heap->next_block + size;
  poison(memory, size);
  return true;
}

// The largest class whose blocks fit into `room` bytes.
SizeClass class_within(size_t room) {
  if (room <= kSmall) return {static_cast<unsigned>(room / kGrain - 1), room / kGrain * kGrain};
  const SizeClass above = class_of(room);
  if (above.size == room) return above;
  const auto shift = 63u - static_cast<unsigned>(__builtin_clzll(room - 1)) - 2;
  return class_of((room - 1) >> shift << shift);
}

void putAway(void* block, const SizeClass& found) {
  Free* entry = static_cast<Free*>(block);
  Free*& list = heap->freed[found.index];
  entry->next = list;
  list = entry;
}

// Shortens a block that is in no list. The rest becomes a freed block whose size need not be that of a class.
void shorten(void* block, size_t size) {
  const size_t before = header_of(block);
  set_header(block, size);
  if (before < size + sizeof(Header) + kGrain) return;
  unpoison(block, before);
  uint8_t* const rest = static_cast<uint8_t*>(block) + size + sizeof(Header);
  set_header(rest, before - size - sizeof(Header));
  putAway(rest, class_within(header_of(rest)));
  poison(rest, header_of(rest));
}

// Takes a block out of a larger freed one, because each page of an image costs time at every start, and the engine frees large buffers
// after it has read a program. Returns null if there is none.
void* split(const SizeClass& wanted) {
  for (unsigned index = kClasses - 1; index > wanted.index; index--) {
    Free* const block = heap->freed[index];
    if (block == nullptr) continue;
    unpoison(block, header_of(block));
    heap->freed[index] = block->next;
    block->next = nullptr;
    shorten(block, wanted.size);
    return block;
  }
  return nullptr;
}

// Gives every freed block the size of its class, as release expects it.
void endSplitting() {
  for (unsigned index = kSmallClasses; index < kClasses; index++) {
    for (Free* block = heap->freed[index]; block != nullptr;) {
      unpoison(block, sizeof(Free));
      Free* const next = block->next;
      set_header(block, class_within(header_of(block)).size);
      poison(block, sizeof(Free));
      block = next;
    }
  }
}

void* take(size_t wanted, size_t* size) {
  if (wanted > SIZE_MAX / 4) return nullptr;
  const SizeClass found = class_of(wanted);
  *size = found.size;
  if (Free* block = heap->freed[found.index]; block != nullptr) {
    unpoison(block, found.size);
    heap->freed[found.index] = block->next;
    if (makes_image) shorten(block, found.size);
    return block;
  }
  if (makes_image) {
    if (void* const part = split(found); part != nullptr) return part;
  }
  while (static_cast<size_t>(heap->end - heap->next_block) < found.size + sizeof(Header)) {
    if (!growBeyond()) return nullptr;
  }
  uint8_t* block = heap->next_block + sizeof(Header);
  heap->next_block = block + found.size;
  set_header(block, found.size);
  unpoison(block, found.size);
  return block;
}

void* allocate(AllocatorState* state, size_t wanted) {
  size_t size;
  void* block = take(wanted, &size);
  if (block != nullptr) countBlock(state, size + sizeof(Header));
  return block;
}

#if TSRUN_QUICKJS_NG
void* allocateCleared(AllocatorState* state, size_t count, size_t wanted) {
  size_t size;
  if (__builtin_mul_overflow(count, wanted, &size)) return nullptr;
  void* block = allocate(state, size);
  if (block != nullptr) memset(block, 0, size);
  return block;
}
#endif

void release(AllocatorState* state, void* block) {
  if (block == nullptr) return;
  const size_t size = header_of(block);
  discountBlock(state, size + sizeof(Header));
  if (makes_image) memset(block, 0, size);
  putAway(block, class_of(size));
  poison(block, size);
}

void* resize(AllocatorState* state, void* block, size_t wanted) {
  if (block == nullptr) return wanted == 0 ? nullptr : allocate(state, wanted);
  if (wanted == 0) return release(state, block), nullptr;
  const size_t size = header_of(block);
  if (wanted <= size) return block;
  void* larger = allocate(state, wanted);
  if (larger == nullptr) return nullptr;
  memcpy(larger, block, size);
  release(state, block);
  return larger;
}

size_t usable_size(const void* block) { return block == nullptr ? 0 : header_of(block); }

#if TSRUN_QUICKJS_NG
constexpr JSMallocFunctions kFunctions = {allocateCleared, allocate, release, resize, usable_size};
#else
constexpr JSMallocFunctions kFunctions = {allocate, release, resize, usable_size};
#endif

void populateBeginning() {
  // Since Linux 5.14; before that, each page faults by itself.
  constexpr int kPopulateWrite = 23;
  madvise(beginning, kPopulated, kPopulateWrite);
}

}  // namespace

const JSMallocFunctions* emptyArena(size_t limit) {
  populateBeginning();
  heap = reinterpret_cast<Account*>(beginning);
  heap->next_block = beginning + sizeof(Account);
  heap->end = beginning + kHeapBeginning;
  heap->beyond = limit;
  poison(heap->next_block, static_cast<size_t>(heap->end - heap->next_block));
  return &kFunctions;
}

void prepareForImage() { makes_image = true; }

bool heapImage(HeapImage* image) {
  if (heap->end != beginning + kHeapBeginning) return false;
  endSplitting();
  const auto used = static_cast<size_t>(heap->next_block - beginning);
  unpoison(beginning, used);
  *image = {reinterpret_cast<uint64_t*>(beginning), (used + sizeof(uint64_t) - 1) / sizeof(uint64_t)};
  return true;
}

void adoptHeap(uint64_t* words) {
  populateBeginning();
  heap = reinterpret_cast<Account*>(words);
  heap->next_block = beginning;
  heap->end = beginning + kHeapBeginning;
  poison(beginning, kHeapBeginning);
}

void abandonHeap() {
  if (heap == nullptr) return;
  // It is zero afterwards, as emptyArena expects it.
  unpoison(beginning, kHeapBeginning);
  madvise(beginning, kHeapBeginning, MADV_DONTNEED);
  if (beyond_size > 0) munmap(beyond_memory, beyond_size);
  beyond_size = 0;
  heap = nullptr;
}

Roots& roots() { return heap->roots; }

}  // namespace tsrun
