// Loads modules from the executable: nothing is read from the disk or compiled.
#pragma once
#include <quickjs.h>

#include <cstddef>
#include <cstdint>

namespace tsrun {

// Installs static imports, and the global function `tsrunImport(name)` that the bundle calls instead of import(): the engine's own import()
// needs debug information in the bytecode to know the importing module (JS_GetScriptOrModuleName in quickjs.c).
void installModules(JSContext* context);

// Evaluates the program with all verbs, or that in a file of bytecode. Returns false with a pending exception on failure.
bool evaluateProgram(JSContext* context);
bool evaluateProgram(JSContext* context, const uint8_t* bytecode, size_t size);
// Evaluates one of the embedded modules, with what it imports.
bool evaluateModule(JSContext* context, const char* name);

}  // namespace tsrun
