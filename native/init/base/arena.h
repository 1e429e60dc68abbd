// Memory whose size only the plan knows.
#pragma once
#include <cstddef>

namespace tsrun::init {

// From .bss as long as that lasts, mapped beyond it: a mapping of its own needs page tables of its own, for which the container's memory limit is charged.
// The address, or -errno. What it holds is not defined.
long take_room(size_t size);

// Only what was taken last can be taken again.
void give_back_room(void* address, size_t size);

// Gives the kernel back what deep calls left behind on the stack, before the execve(2) that has to fit into the limit beside it.
void release_dead_stack();

}  // namespace tsrun::init
