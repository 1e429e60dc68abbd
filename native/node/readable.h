// whenReadable of sys: on Node.js, a promise that the event loop settles.
#pragma once
#include <napi.h>

namespace tsrun {

Napi::Value whenReadable(const Napi::CallbackInfo& info);

}  // namespace tsrun
