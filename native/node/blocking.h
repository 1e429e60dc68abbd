// Calls that may take long run on a thread of libuv's pool and answer a promise.
#pragma once
#include <napi.h>

#include "../core/functions.h"

namespace tsrun {

Napi::Value callOnWorker(Napi::Env env, const Function& function, Arguments arguments);

}  // namespace tsrun
