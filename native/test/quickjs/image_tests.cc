#include <sys/mman.h>
#include <sys/time.h>

#include <cstdint>
#include <cstdio>
#include <cstring>

#include "../../quickjs/heap/maker.h"
#include "../../quickjs/heap/program_image.h"
#include "../../quickjs/heap/room.h"
#include "check.h"

namespace tsrun::test {
namespace {

// Stands for JSRuntime and JSContext.
struct Node {
  Node* next;
  const char* text;
  uint64_t number;
};
const char kText[] = "in the executable";
// Below everything that is mapped, including AddressSanitizer's shadow.
constexpr uint64_t kNumber = 0x7ffe0001;

std::string imageFile() { return directory + "/image"; }

// Does what scripts/images.mjs does with an image: places it one page into the room, with an entry.
void putIntoRoom() {
  // Not <fstream>, so that it compiles for musl, too (scripts/package/musl).
  FILE* const file = fopen(imageFile().c_str(), "rb");
  if (file == nullptr) return;
  fread(tsrun_programs + kPage, 1, TSRUN_PROGRAM_ROOM - kPage, file);
  fclose(file);
  const Entry entry = {"run", kPage};
  memcpy(tsrun_programs + kMark, &entry, sizeof entry);
}

Node* makeRing(Heap* heap) {
  auto* one = static_cast<Node*>(heap->allocate(sizeof(Node)));
  auto* other = static_cast<Node*>(heap->allocate(sizeof(Node)));
  *one = {other, kText, kNumber};
  *other = {one, nullptr, 7};
  roots() = {reinterpret_cast<JSRuntime*>(one), reinterpret_cast<JSContext*>(other)};
  return one;
}

void image_becomes_the_heap() {
  prepareMaker();
  Heap heap(1 << 20);
  Node* before = makeRing(&heap);
  check(!restoreProgram("run"), "without images there is no program");
  check(writeProgramImage(kPage, imageFile().c_str()).empty(), "an image is written");
  putIntoRoom();
  check(!restoreProgram("ru") && !restoreProgram("runs") && !restoreProgram(""), "a program is found by its whole name only");
  check(restoreProgram("run"), "an image is found by its name");
  const auto* one = reinterpret_cast<const Node*>(roots().runtime);
  const auto* other = reinterpret_cast<const Node*>(roots().context);
  check(one != before && isOurs(reinterpret_cast<uintptr_t>(one)), "the heap is in the room now");
  check(one->next == other && other->next == one, "pointers into the heap point into the image");
  check(one->text == kText && other->text == nullptr, "pointers to the executable are unchanged");
  check(one->number == kNumber && other->number == 7, "numbers are unchanged");
  void* block = heap.allocate(100);
  check(block != nullptr && static_cast<void*>(before) != nullptr, "the heap can be used further");
  memset(block, 1, 100);
}

void program_that_is_abandoned_gives_its_memory_back() {
  prepareMaker();
  Heap heap(16u << 20);
  makeRing(&heap);
  check(writeProgramImage(kPage, imageFile().c_str()).empty(), "an image is written");
  putIntoRoom();
  check(restoreProgram("run"), "a program is restored");
  auto* const one = reinterpret_cast<Node*>(roots().runtime);
  one->number = 8;
  // Beyond the heap's beginning.
  void* const beyond = heap.allocate(4u << 20);
  abandonProgram();
  check(one->number == 0, "the room has what the file has");
  unsigned char resident;
  void* const page = reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(beyond) & ~(kPage - 1));
  check(mincore(page, kPage, &resident) < 0, "what was mapped beyond the beginning is unmapped");
  putIntoRoom();
  check(restoreProgram("run") && reinterpret_cast<Node*>(roots().runtime)->number == kNumber, "another program begins as the first did");
  abandonProgram();
  Heap empty(1 << 20);
  check(makeRing(&empty)->number == kNumber, "an empty heap begins, too");
}

void pointer_out_of_the_executable_is_refused() {
  prepareMaker();
  Heap heap(1 << 20);
  Node* node = makeRing(&heap);
  // Not on the C library's heap: qemu-user reports that as one mapping with the end of the executable.
  void* const elsewhere = mmap(nullptr, kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  node->text = static_cast<const char*>(elsewhere);
  check(writeProgramImage(kPage, imageFile().c_str()).find("of the heap points to") != std::string::npos,
        "a pointer out of the executable is refused");
  munmap(elsewhere, kPage);
}

void heap_that_has_outgrown_is_refused() {
  prepareMaker();
  Heap heap(16u << 20);
  makeRing(&heap);
  heap.allocate(4u << 20);
  check(writeProgramImage(kPage, imageFile().c_str()) == "the heap has outgrown its beginning",
        "a heap that has outgrown its beginning is refused");
}

void same_heap_gives_same_bytes() {
  prepareMaker();
  Heap heap(1 << 20);
  makeRing(&heap);
  // Where the engine would keep the top of the stack and its limit.
  auto** stack = static_cast<void**>(heap.allocate(2 * sizeof(void*)));
  stack[0] = __builtin_frame_address(0);
  stack[1] = static_cast<char*>(__builtin_frame_address(0)) - (4 << 20);
  check(writeProgramImage(kPage, imageFile().c_str()).empty() && stack[0] == nullptr && stack[1] == nullptr,
        "pointers into the stack become 0");
}

void only_the_mark_makes_a_maker() {
  check(!isMaker(), "the executable is not a maker");
  memcpy(tsrun_programs, "tsrun: the maker", kMark);
  check(isMaker(), "with the build's mark the executable is a maker");
}

void clock_stands_still() {
  timeval now;
  gettimeofday(&now, nullptr);
  check(now.tv_sec > 1000000000, "the clock of the executable is the kernel's");
  prepareMaker();
  gettimeofday(&now, nullptr);
  check(now.tv_sec == 1 && now.tv_usec == 0, "the clock of the maker stands still");
}

}  // namespace

void image_tests() {
  test(image_becomes_the_heap);
  test(program_that_is_abandoned_gives_its_memory_back);
  test(pointer_out_of_the_executable_is_refused);
  test(heap_that_has_outgrown_is_refused);
  test(same_heap_gives_same_bytes);
  test(only_the_mark_makes_a_maker);
  test(clock_stands_still);
}

}  // namespace tsrun::test
