// Runs calls that may take long on a thread of libuv's pool and returns a promise.
#pragma once
#include <napi.h>

#include "../core/functions.h"

namespace tsrun {

Napi::Value callOnWorker(Napi::Env env, const Function& function, Arguments arguments);

}  // namespace tsrun
