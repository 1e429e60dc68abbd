// Finds a user's HOME in the container's /etc/passwd.
#pragma once
#include "../state.h"

namespace tsrun::init {

// Sets state.home to "HOME=...", with "/" if the user has no entry or the file cannot be used.
void find_home(State& state, uint32_t uid);

}  // namespace tsrun::init
