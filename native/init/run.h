// The loop over the operations.
#pragma once
#include "state.h"

namespace tsrun::init {

// Returns only if an operation failed or the plan ended without executing a program.
Result run(State& state);

}  // namespace tsrun::init
