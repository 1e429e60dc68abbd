// sys as a QuickJS object: the global `tsrunSys`, which src/entry/quickjs.ts binds.
#pragma once
#include <quickjs.h>

namespace tsrun {

// Call it in each process before anything is called through sys: the engine keeps pointers to data that is not part of its heap.
void prepareSys();

void installSys(JSContext* context);

}  // namespace tsrun
