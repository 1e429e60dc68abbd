// Modules come out of the executable: nothing is read from the disk and nothing is compiled.
#pragma once
#include <quickjs.h>

namespace tsrun {

// Static imports, and the global function `tsrunImport(name)` that the bundle calls in place of import(): the engine's own wants debug
// information in the bytecode, to learn which module is asking (JS_GetScriptOrModuleName in quickjs.c).
void installModules(JSContext* context);

// Evaluates the program that the command line asks for; the result is a promise or an exception.
JSValue evaluateEntry(JSContext* context, int argc, char** argv);

}  // namespace tsrun
