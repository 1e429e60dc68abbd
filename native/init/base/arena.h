// Memory for data whose size only the plan knows.
#pragma once
#include <cstddef>

namespace tsrun::init {

// Takes memory from .bss while that lasts, and maps more otherwise: a mapping needs page tables of its own, which are charged to the
// container's memory limit. Returns the address of uninitialized memory, or -errno.
long take_room(size_t size);

// Only the most recent allocation can be returned for reuse.
void give_back_room(void* address, size_t size);

// Returns to the kernel the stack pages that deep calls used, before execve(2), which has to fit into the memory limit beside them.
void release_dead_stack();

}  // namespace tsrun::init
