// Tracks which descriptors are ours, by number: those that sys handed out and that were not closed through it. A number that a program
// passes to us for a container must not be one of them.
#pragma once
#include <cstdint>

#include "fd.h"

namespace tsrun {

// Returns the number to the caller of sys, who closes it through sys.
int64_t hand_out(Fd fd);

// Marks a descriptor that stays on the C++ side as ours.
void note_own(int fd);

// Unmarks it, because it is about to be closed or somebody else will close it.
void disown(int fd);

bool is_own(int fd);

}  // namespace tsrun
