// Receives and executes a whole plan.
#pragma once
#include "state.h"

namespace tsrun::init {

// Receives a plan from the socket and carries it out. A failure is reported and ends the process.
[[noreturn]] void carry_out_plan(State& state);

}  // namespace tsrun::init
