// From the bytes of a plan to its end.
#pragma once
#include "state.h"

namespace tsrun::init {

// Receives a plan from the socket and carries it out. What goes wrong is reported, and ends the process.
[[noreturn]] void carry_out_plan(State& state);

}  // namespace tsrun::init
