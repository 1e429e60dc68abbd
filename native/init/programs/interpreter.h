// Checks for a missing interpreter: execve(2) then fails with ENOENT, as if the program itself were missing.
#pragma once
#include "../state.h"

namespace tsrun::init {

// Fails at Step::kInterpreter with ENOENT if the #! line of a script or the PT_INTERP of an ELF file names a missing file. If the file
// cannot be read, leaves the error to execve(2).
Result check_interpreter(State& state, const char* path, Path& interpreter);

}  // namespace tsrun::init
