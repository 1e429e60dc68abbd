// sys as an object of QuickJS: the global `tsrunSys`, which src/entry/quickjs.ts binds.
#pragma once
#include <quickjs.h>

namespace tsrun {

// Before anything is called through sys, in each process: what the engine keeps pointers to is not part of its heap.
void prepareSys();

void installSys(JSContext* context);

}  // namespace tsrun
