#include <cstdint>
#include <cstring>
#include <vector>

#include "check.h"

namespace tsrun::test {
namespace {

constexpr size_t kBeyond = 64u << 20;

void allocate_and_release() {
  Heap heap(kBeyond);
  struct Block {
    unsigned char* memory;
    size_t size;
    unsigned char byte;
  };
  std::vector<Block> blocks;
  unsigned number = 1;
  bool large_enough = true, intact = true;
  for (int round = 0; round < 3000; round++) {
    number = number * 1103515245u + 12345u;
    const size_t size = (number >> 8) % (round % 7 == 0 ? 20000 : 300) + 1;
    auto* memory = static_cast<unsigned char*>(heap.allocate(size));
    large_enough &= memory != nullptr && heap.usable(memory) >= size;
    memset(memory, round & 255, heap.usable(memory));
    blocks.push_back({memory, heap.usable(memory), static_cast<unsigned char>(round & 255)});
    if (round % 3 != 0) continue;
    const size_t index = (number >> 4) % blocks.size();
    for (size_t i = 0; i < blocks[index].size; i++) intact &= blocks[index].memory[i] == blocks[index].byte;
    heap.release(blocks[index].memory);
    blocks.erase(blocks.begin() + static_cast<long>(index));
  }
  for (const Block& block : blocks) {
    for (size_t i = 0; i < block.size; i++) intact &= block.memory[i] == block.byte;
  }
  check(large_enough, "a block has at least the size that was asked for");
  check(intact, "no two blocks overlap");
}

void blocks_do_not_overlap() { allocate_and_release(); }

void blocks_for_an_image_do_not_overlap() {
  prepareForImage();
  allocate_and_release();
}

void freed_block_is_divided_for_an_image() {
  prepareForImage();
  Heap heap(kBeyond);
  auto* const large = static_cast<unsigned char*>(heap.allocate(50000));
  const unsigned char* const end = large + heap.usable(large);
  heap.release(large);
  bool inside = true, cleared = true;
  for (const size_t size : {size_t{3000}, size_t{40}, size_t{1500}, size_t{1}, size_t{20000}, size_t{1025}}) {
    auto* const part = static_cast<unsigned char*>(heap.allocate(size));
    inside &= part >= large && part + heap.usable(part) <= end;
    for (size_t i = sizeof(void*); i < size; i++) cleared &= part[i] == 0;
  }
  check(inside, "a large freed block is used for smaller ones");
  check(cleared, "what is taken out of it is empty");
}

void freed_blocks_of_an_image_have_sizes_of_classes() {
  prepareForImage();
  Heap heap(kBeyond);
  void* const large = heap.allocate(50000);
  heap.release(large);
  heap.allocate(40);
  const auto* const rest = static_cast<const unsigned char*>(large) + 48;
  check(heap.usable(rest) == 57344 - 48, "the rest of a divided block has all that is left");
  HeapImage image;
  check(heapImage(&image) && heap.usable(rest) == 49152, "in an image, a freed block has the size of its class, which release expects");
}

void freed_block_is_taken_again() {
  Heap heap(kBeyond);
  for (const size_t size : {size_t{1}, size_t{16}, size_t{17}, size_t{1024}, size_t{1025}, size_t{5000}, size_t{70000}}) {
    void* block = heap.allocate(size);
    heap.release(block);
    check(heap.allocate(size) == block, "a freed block is reused for the same size");
  }
}

void resizing_keeps_the_content() {
  Heap heap(kBeyond);
  auto* block = static_cast<char*>(heap.allocate(10));
  memcpy(block, "123456789", 10);
  check(heap.resize(block, 16) == block, "a block grows in place up to the size of its class");
  block = static_cast<char*>(heap.resize(block, 100000));
  check(block != nullptr && strcmp(block, "123456789") == 0, "a block that moves keeps its contents");
  check(heap.resize(block, 0) == nullptr, "resizing to zero frees the block");
  check(heap.resize(nullptr, 40) != nullptr, "resizing null allocates a block");
}

void limit_holds() {
  Heap heap(8u << 20);
  size_t count = 0;
  while (count < 1000 && heap.allocate(1u << 20) != nullptr) count++;
  check(count >= 6 && count <= 10, "no more is allocated than the beginning and the limit have");
  check(heap.allocate(SIZE_MAX) == nullptr && heap.allocate(SIZE_MAX / 2) == nullptr, "a size that overflows is rejected");
}

void use_after_free() {
  Heap heap(kBeyond);
  auto* block = static_cast<volatile char*>(heap.allocate(64));
  heap.release(const_cast<char*>(block));
  block[32] = 1;
}

void write_beyond_the_end() {
  Heap heap(kBeyond);
  auto* block = static_cast<volatile char*>(heap.allocate(64));
  heap.allocate(64);
  block[64] = 1;
}

void read_of_what_was_never_given() {
  Heap heap(kBeyond);
  auto* block = static_cast<volatile char*>(heap.allocate(64));
  (void)block[200];
}

}  // namespace

void arena_tests() {
  test(blocks_do_not_overlap);
  test(blocks_for_an_image_do_not_overlap);
  test(freed_block_is_divided_for_an_image);
  test(freed_blocks_of_an_image_have_sizes_of_classes);
  test(freed_block_is_taken_again);
  test(resizing_keeps_the_content);
  test(limit_holds);
  dies("AddressSanitizer sees a freed block that is used", use_after_free);
  dies("AddressSanitizer sees a write beyond the end of a block", write_beyond_the_end);
  dies("AddressSanitizer sees a read of what was never given", read_of_what_was_never_given);
}

}  // namespace tsrun::test
