// Clones a child that shares our memory until it executes a program. It has its own stack, and we wait, as with vfork(2).
#pragma once
#include "sys.h"

namespace tsrun::init {

// Returns the pid and sets `pidfd`, or returns -errno. The child calls `body` and exits with its return value. Uses clone(2), not
// clone3(2): the container's seccomp filter may already be loaded, and the filters of engines reject clone3.
long clone_sharing_memory(int (*body)(void*), void* argument, int& pidfd);

}  // namespace tsrun::init
