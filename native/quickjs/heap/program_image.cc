#include "program_image.h"

#include <sys/mman.h>

#include "../../core/poison.h"
#include "arena.h"
#include "room.h"

// The room, empty when it is linked. It is not a C++ array, because the compiler would assume its contents. scripts/images.mjs finds it by
// its mark.
#define TSRUN_TEXT(x) #x
#define TSRUN_TEXT_OF(x) TSRUN_TEXT(x)
asm(".pushsection .data.tsrun_programs, \"aw\", %progbits\n"
    ".balign 4096\n.global tsrun_programs\n.hidden tsrun_programs\n"
    "tsrun_programs:\n  .ascii \"tsrun: programs\\n\"\n  .skip " TSRUN_TEXT_OF(TSRUN_PROGRAM_ROOM) " - 16\n.popsection\n");

namespace tsrun {
namespace {

// The words of the restored program.
void* restored;
size_t restored_size;

const Entry* firstEntry() { return reinterpret_cast<const Entry*>(tsrun_programs + kMark); }

// Returns null if there is none. Touches only the image that it returns, because each one costs a page fault.
Image* find(const char* verb) {
  for (const Entry* entry = firstEntry(); entry->verb[0] != '\0'; entry++) {
    if (strncmp(entry->verb, verb, sizeof entry->verb) == 0) return reinterpret_cast<Image*>(tsrun_programs + entry->offset);
  }
  return nullptr;
}

}  // namespace

bool restoreProgram(const char* verb) {
  Image* image = find(verb);
  if (image == nullptr) return false;
  unsigned char* memory = reinterpret_cast<unsigned char*>(image) + image->offsetOfWords();
  // A command writes to nearly all pages: they contain pointers, or strings with reference counts. This maps them with
  // one call. Kernels before 5.14 refuse it (EINVAL, madvise(2)), and then each page causes a page fault.
  constexpr int kPopulateWrite = 23;
  madvise(memory, wholePages(image->words * sizeof(uint64_t)), kPopulateWrite);
  auto* const words = reinterpret_cast<uint64_t*>(memory);
  const uint64_t base = loadedAt();
  const uint64_t* const masks = image->firstMask();
  for (size_t i = 0; i < image->masks(); i++) {
    for (uint64_t left = masks[i]; left != 0; left &= left - 1)
      words[i * kWordsOfMask + static_cast<size_t>(__builtin_ctzll(left))] += base;
  }
  restored = memory;
  restored_size = wholePages(image->words * sizeof(uint64_t));
  adoptHeap(words);
  return true;
}

void abandonProgram() {
  if (restored_size > 0) {
    unpoison(restored, restored_size);
    madvise(restored, restored_size, MADV_DONTNEED);
    restored_size = 0;
  }
  abandonHeap();
}

}  // namespace tsrun
