// The descriptors that an environment of Node.js holds end with it, since a worker thread can end in the middle of a creation.
#pragma once
#include <napi.h>

#include <memory>

#include "../core/own.h"

namespace tsrun {

// Called when the addon is loaded into an environment, on its thread.
void holdWithEnvironment(Napi::Env env);

// What the calling thread's environment holds, for a call that continues in another thread.
std::shared_ptr<Held> heldHere();

}  // namespace tsrun
