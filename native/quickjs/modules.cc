#include "modules.h"

#include <cstring>

#include "bytecode.h"

namespace tsrun {
namespace {

const char* withoutDot(const char* name) { return strncmp(name, "./", 2) == 0 ? name + 2 : name; }

// All chunks are in one directory, so a name does not depend on the importer.
char* normalize(JSContext* context, const char* /* importer */, const char* name, void* /* opaque */) {
  return js_strdup(context, withoutDot(name));
}

const EmbeddedModule* find(const char* name) {
  for (size_t i = 0; i < kEmbeddedModuleCount; i++) {
    if (strcmp(kEmbeddedModules[i].name, name) == 0) return &kEmbeddedModules[i];
  }
  return nullptr;
}

JSModuleDef* load(JSContext* context, const char* name, void* /* opaque */) {
  if (const EmbeddedModule* found = find(name); found != nullptr) {
    JSValue module = JS_ReadObject(context, found->bytecode, found->size, JS_READ_OBJ_BYTECODE);
    if (JS_IsException(module)) return nullptr;
    // The context's list of modules owns it; the value is not a reference of its own.
    return static_cast<JSModuleDef*>(JS_VALUE_GET_PTR(module));
  }
  JS_ThrowReferenceError(context, "no module \"%s\" in this executable", name);
  return nullptr;
}

// [resolve, name]: loading is a separate job, because a module may not be linked while another one is being evaluated.
JSValue loadLater(JSContext* context, int /* argc */, JSValueConst* argv) {
  const char* name = JS_ToCString(context, argv[1]);
  if (name == nullptr) return JS_EXCEPTION;
  JSValue promise = JS_LoadModule(context, "", name);
  JS_FreeCString(context, name);
  if (JS_IsException(promise)) return JS_EXCEPTION;
  JSValue done = JS_Call(context, argv[0], JS_UNDEFINED, 1, &promise);
  JS_FreeValue(context, promise);
  return done;
}

JSValue importModule(JSContext* context, JSValueConst /* self */, int argc, JSValueConst* argv) {
  if (argc != 1) return JS_ThrowTypeError(context, "tsrunImport wants a name");
  JSValue functions[2];
  JSValue promise = JS_NewPromiseCapability(context, functions);
  if (JS_IsException(promise)) return promise;
  JSValueConst arguments[] = {functions[0], argv[0]};
  JS_EnqueueJob(context, loadLater, 2, arguments);
  JS_FreeValue(context, functions[0]);
  JS_FreeValue(context, functions[1]);
  return promise;
}

}  // namespace

void installModules(JSContext* context) {
  JS_SetModuleLoaderFunc(JS_GetRuntime(context), normalize, load, nullptr);
  JSValue global = JS_GetGlobalObject(context);
  JS_SetPropertyStr(context, global, "tsrunImport", JS_NewCFunction(context, importModule, "tsrunImport", 1));
  JS_FreeValue(context, global);
}

bool evaluateProgram(JSContext* context, const uint8_t* bytecode, size_t size) {
  JSValue module = JS_ReadObject(context, bytecode, size, JS_READ_OBJ_BYTECODE);
  if (JS_IsException(module) || JS_ResolveModule(context, module) < 0) return false;
  JSValue promise = JS_EvalFunction(context, module);
  if (JS_IsException(promise)) return false;
  // Module bodies of the bundle await nothing, so the promise is settled.
  const bool failed = JS_PromiseState(context, promise) == JS_PROMISE_REJECTED;
  if (failed) JS_Throw(context, JS_PromiseResult(context, promise));
  JS_FreeValue(context, promise);
  return !failed;
}

bool evaluateModule(JSContext* context, const char* name) {
  const EmbeddedModule* found = find(name);
  if (found != nullptr) return evaluateProgram(context, found->bytecode, found->size);
  JS_ThrowReferenceError(context, "no module \"%s\" in this executable", name);
  return false;
}

bool evaluateProgram(JSContext* context) { return evaluateProgram(context, kEmbeddedModules[0].bytecode, kEmbeddedModules[0].size); }

}  // namespace tsrun
