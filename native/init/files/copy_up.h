// tmpcopyup: what a directory holds goes into the tmpfs that is about to cover it.
#pragma once
#include "../state.h"

namespace tsrun::init {

// Files, directories, symlinks and nodes with mode and owner. Sockets are left out, and so is what is mounted below it.
Result copy_up(State& state, int source, int target, const Text& about);

}  // namespace tsrun::init
