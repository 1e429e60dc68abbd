// Which descriptors are ours, by number: those that sys has handed out and that were not closed through it. A number that a program gives us for a
// container must not be one of them.
#pragma once
#include <cstdint>

#include "fd.h"

namespace tsrun {

// The number for sys's caller, who closes it by sys.
int64_t hand_out(Fd fd);

// As handed out, of one that stays here.
void note_own(int fd);

// It is no longer ours: it is about to be closed, or somebody else closes it.
void disown(int fd);

bool is_own(int fd);

}  // namespace tsrun
