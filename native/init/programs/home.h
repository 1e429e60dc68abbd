// HOME of a user, from the container's /etc/passwd.
#pragma once
#include "../state.h"

namespace tsrun::init {

// Puts "HOME=..." into state.home: "/" where the user has no entry or the file cannot be used.
void find_home(State& state, uint32_t uid);

}  // namespace tsrun::init
