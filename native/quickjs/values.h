// Converts values between QuickJS and sys.
#pragma once
#include <quickjs.h>

#include "../core/functions.h"

namespace tsrun {

// Returns false with a pending TypeError if `from` has another kind.
bool toValue(JSContext* context, JSValueConst from, const Parameter& parameter, Value* to);

JSValue fromValue(JSContext* context, const Value& value);

// Throws the SystemError of src/sys/contract.ts.
JSValue throwFailure(JSContext* context, const Failure& failure);

}  // namespace tsrun
