// whenReadable of sys: on Node.js a promise, settled by the event loop.
#pragma once
#include <napi.h>

namespace tsrun {

Napi::Value whenReadable(const Napi::CallbackInfo& info);

}  // namespace tsrun
