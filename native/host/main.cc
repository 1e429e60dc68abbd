// The executable: QuickJS, the bytecode of src/main.qjs.ts and its chunks, and the door. It compiles no JavaScript at run time.
#include <quickjs.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "arena.h"
#include "door_object.h"
#include "modules.h"

namespace {

// config.json may have a few MB (src/spec/load.ts limits it); parsed, it grows tenfold.
constexpr size_t kMemoryLimit = 512u << 20;
// Half of the usual 8 MB: deep data ends in a JavaScript error instead of a crash.
constexpr size_t kStackSize = 4u << 20;
// A command is over before garbage collection would pay.
constexpr size_t kCollectAfter = 64u << 20;

// No compiler (JS_AddIntrinsicEval, RegExpCompiler): eval, new Function and new RegExp do not exist, and the linker leaves the parser out.
JSContext* newContext(JSRuntime* runtime) {
  JSContext* context = JS_NewContextRaw(runtime);
  if (context == nullptr) return nullptr;
  JS_AddIntrinsicBaseObjects(context);
  JS_AddIntrinsicDate(context);
  JS_AddIntrinsicRegExp(context);
  JS_AddIntrinsicJSON(context);
  JS_AddIntrinsicMapSet(context);
  JS_AddIntrinsicTypedArrays(context);
  JS_AddIntrinsicPromise(context);
  return context;
}

void printError(const std::string& text) {
  const std::string line = "tsrun: " + text + "\n";
  // Nothing can be done about a standard error that takes no output.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
}

[[noreturn]] void fail(JSContext* context, JSValueConst error) {
  const char* text = JS_ToCString(context, error);
  std::string message = text == nullptr ? "an error that cannot be shown" : text;
  JSValue stack = JS_GetPropertyStr(context, error, "stack");
  if (JS_IsString(stack)) message += std::string("\n") + JS_ToCString(context, stack);
  printError(message);
  _exit(1);
}

[[noreturn]] void failWithException(JSContext* context) { fail(context, JS_GetException(context)); }

void setArguments(JSContext* context, int argc, char** argv) {
  JSValue list = JS_NewArray(context);
  for (int i = 1; i < argc; i++) JS_SetPropertyUint32(context, list, static_cast<uint32_t>(i - 1), JS_NewString(context, argv[i]));
  JSValue global = JS_GetGlobalObject(context);
  JS_SetPropertyStr(context, global, "tsrunArguments", list);
  JS_FreeValue(context, global);
}

// A rejection with nobody to handle it is kept until the jobs are done: somebody may still come.
struct Unhandled {
  JSValue promise = JS_UNDEFINED;
  JSValue reason = JS_UNDEFINED;
};

void trackRejection(JSContext* context, JSValueConst promise, JSValueConst reason, JS_BOOL handled, void* opaque) {
  Unhandled* unhandled = static_cast<Unhandled*>(opaque);
  if (!handled && JS_IsUndefined(unhandled->promise)) {
    unhandled->promise = JS_DupValue(context, promise);
    unhandled->reason = JS_DupValue(context, reason);
  } else if (handled && JS_VALUE_GET_PTR(promise) == JS_VALUE_GET_PTR(unhandled->promise)) {
    *unhandled = Unhandled{};
  }
}

}  // namespace

int main(int argc, char** argv) {
  const JSMallocFunctions* heap = tsrun::arena(kMemoryLimit);
  JSRuntime* runtime = heap == nullptr ? nullptr : JS_NewRuntime2(heap, nullptr);
  JSContext* context = runtime == nullptr ? nullptr : newContext(runtime);
  if (context == nullptr) {
    printError("create the JavaScript engine: cannot allocate memory (ENOMEM)");
    _exit(1);
  }
  JS_SetMaxStackSize(runtime, kStackSize);
  JS_SetGCThreshold(runtime, kCollectAfter);
  Unhandled unhandled;
  JS_SetHostPromiseRejectionTracker(runtime, trackRejection, &unhandled);
  tsrun::installModules(context);
  tsrun::installDoor(context);
  setArguments(context, argc, argv);

  JSValue entry = tsrun::evaluateEntry(context, argc, argv);
  if (JS_IsException(entry)) failWithException(context);
  JSContext* failed;
  int executed;
  while ((executed = JS_ExecutePendingJob(runtime, &failed)) > 0) {
  }
  if (executed < 0) failWithException(failed);
  if (!JS_IsUndefined(unhandled.promise)) fail(context, unhandled.reason);
  // src/main.ts ends the process; here it waits for something that never comes.
  printError("the program stopped without an exit code");
  _exit(1);
}
