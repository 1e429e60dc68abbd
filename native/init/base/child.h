// A child that shares our memory until it executes a program, on a stack of its own, while we wait, as with vfork(2).
#pragma once
#include "sys.h"

namespace tsrun::init {

// The pid, with `pidfd` set; or -errno. The child calls `body` and exits with what it returns. clone(2) and not clone3(2): the seccomp filter of the
// container may be loaded already, and those that engines use refuse clone3.
long clone_sharing_memory(int (*body)(void*), void* argument, int& pidfd);

}  // namespace tsrun::init
