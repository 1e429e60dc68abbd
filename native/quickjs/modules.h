// Modules come out of the executable: nothing is read from the disk and nothing is compiled.
#pragma once
#include <quickjs.h>

#include <cstddef>
#include <cstdint>

namespace tsrun {

// Static imports, and the global function `tsrunImport(name)` that the bundle calls in place of import(): the engine's own wants debug
// information in the bytecode, to learn which module is asking (JS_GetScriptOrModuleName in quickjs.c).
void installModules(JSContext* context);

// Evaluates the program that has all verbs, or that of a file of bytecode; false with a pending exception where that fails.
bool evaluateProgram(JSContext* context);
bool evaluateProgram(JSContext* context, const uint8_t* bytecode, size_t size);

}  // namespace tsrun
