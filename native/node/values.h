// Values of Node.js from and to those of sys.
#pragma once
#include <napi.h>

#include "../core/functions.h"

namespace tsrun {

// False with a pending TypeError where `from` is not of that kind.
bool toValue(const Napi::Value& from, const Parameter& parameter, Value* to);

Napi::Value fromValue(Napi::Env env, const Value& value);

// The SystemError of src/sys/contract.ts.
Napi::Error fromFailure(Napi::Env env, const Failure& failure);

}  // namespace tsrun
