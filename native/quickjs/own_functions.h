// The functions of sys that this host implements itself: exit, environment, versions, whenReadable.
#pragma once
#include <quickjs.h>

namespace tsrun {

void addOwnFunctions(JSContext* context, JSValueConst sys);

}  // namespace tsrun
