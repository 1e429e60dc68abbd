// Values of QuickJS from and to those of sys.
#pragma once
#include <quickjs.h>

#include "../core/functions.h"

namespace tsrun {

// False with a pending TypeError where `from` is not of that kind.
bool toValue(JSContext* context, JSValueConst from, const Parameter& parameter, Value* to);

JSValue fromValue(JSContext* context, const Value& value);

// Throws the SystemError of src/sys/contract.ts.
JSValue throwFailure(JSContext* context, const Failure& failure);

}  // namespace tsrun
