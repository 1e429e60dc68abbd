// The program that a program needs: execve(2) answers ENOENT when it is missing, as if the program itself were not there.
#pragma once
#include "../state.h"

namespace tsrun::init {

// Step::kInterpreter with ENOENT where the #! line of a script or the PT_INTERP of an ELF file names something that does not exist. What cannot be read
// is left to execve(2).
Result check_interpreter(State& state, const char* path, Path& interpreter);

}  // namespace tsrun::init
