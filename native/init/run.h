// The loop over the operations.
#pragma once
#include "state.h"

namespace tsrun::init {

// Comes back only when an operation failed, or when the plan ended without executing a program.
Result run(State& state);

}  // namespace tsrun::init
