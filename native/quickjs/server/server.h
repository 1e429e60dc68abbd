// What only the containerd shim needs of this host: a process of its own, and an event loop. `tsrunServer` of src/sys/server.ts.
#pragma once
#include <quickjs.h>

namespace tsrun {

// The name under which the executable is containerd's shim.
constexpr char kShimName[] = "containerd-shim-tsrun-v2";

// Whether the executable with this path or name is containerd's shim.
bool isShim(const char* name);

// Creates the global object `tsrunServer`.
void installServer(JSContext* context);

// Calls the function given to `serve`: it waits for events and handles them. Returns false if there is none, as in every command.
// An exception is left pending, with *failed set.
bool nextTurn(JSContext* context, bool* failed);

}  // namespace tsrun
