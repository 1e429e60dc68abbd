// Converts values between Node.js and sys.
#pragma once
#include <napi.h>

#include "../core/functions.h"

namespace tsrun {

// Returns false with a pending TypeError if `from` has another kind.
bool toValue(const Napi::Value& from, const Parameter& parameter, Value* to);

Napi::Value fromValue(Napi::Env env, const Value& value);

// Creates the SystemError of src/sys/contract.ts.
Napi::Error fromFailure(Napi::Env env, const Failure& failure);

}  // namespace tsrun
