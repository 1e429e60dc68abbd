// Calls of the door that keep the kernel busy for long, on a thread of their own: the program goes on meanwhile, on another processor.
#pragma once
#include <quickjs.h>

#include "../core/door.h"

namespace tsrun {

// Begins the call, and answers a promise of what it answers.
JSValue callOnThread(JSContext* context, const Function& function, Arguments arguments);

// Where the program has nothing else to do: waits for the call that was begun first and settles its promise. False where there is none.
bool finishCall();

}  // namespace tsrun
