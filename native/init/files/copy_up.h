// tmpcopyup: copies the contents of a directory into the tmpfs that will cover it.
#pragma once
#include "../state.h"

namespace tsrun::init {

// Copies files, directories, symlinks and device nodes with mode and owner. Skips sockets, and mounts below the directory.
Result copy_up(State& state, int source, int target, const Text& about);

}  // namespace tsrun::init
