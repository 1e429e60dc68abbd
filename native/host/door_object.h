// The door as an object of QuickJS: the global `tsrunDoor`, which src/main.qjs.ts binds.
#pragma once
#include <quickjs.h>

namespace tsrun {

void installDoor(JSContext* context);

}  // namespace tsrun
