// The door as an object of QuickJS: the global `tsrunDoor`, which src/entry/quickjs.ts binds.
#pragma once
#include <quickjs.h>

namespace tsrun {

// Before anything is called through the door, in each process: what the engine keeps pointers to is not part of its heap.
void prepareDoor();

void installDoor(JSContext* context);

}  // namespace tsrun
