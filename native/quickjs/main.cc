// The executable: QuickJS, the bytecode of src/entry/quickjs.ts and its chunks, images of the programs of hot verbs, and sys. It compiles
// no JavaScript at run time.
#include <quickjs.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>
#include <string>

#include "../core/errno_names.h"
#include "../core/files/write.h"
#include "../core/spawn/standard_streams.h"
#include "engine.h"
#include "heap/arena.h"
#include "heap/maker.h"
#include "heap/program_image.h"
#include "modules.h"
#include "program.h"
#include "server/command_line.h"
#include "server/prepared.h"
#include "server/server.h"
#include "sys_object.h"
#include "whole_file.h"

namespace {

// config.json may have a few MB (limited by src/bundle/load.ts), and takes ten times that when parsed.
constexpr size_t kMemoryLimit = 512u << 20;
// Deeply nested data causes a JavaScript error instead of a crash.
constexpr size_t kMostStack = 4u << 20;
// Enough for the functions of sys (supervise: 40 KB) and the JavaScript of every command.
constexpr size_t kLeastStack = 96u << 10;
// A command ends before garbage collection would pay off.
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
  // If standard error takes no output, nothing can be done.
  [[maybe_unused]] const bool written = tsrun::write_in_time(STDERR_FILENO, line.data(), line.size());
}

// The handler for a failed `operator new`, which would otherwise call abort(3).
[[noreturn]] void failWithoutMemory() {
  constexpr char kText[] =
      "tsrun: cannot allocate memory (ENOMEM) (hint: raise the limits of memory of the caller: ulimit -v, ulimit -d)\n";
  [[maybe_unused]] const bool written = tsrun::write_in_time(STDERR_FILENO, kText, sizeof kText - 1);
  _exit(1);
}

// What is left of the stack limit. The kernel also counts what is above our frame: the environment, the arguments, and the executable's
// name.
size_t leftOfStack() {
  rlimit limit;
  if (getrlimit(RLIMIT_STACK, &limit) < 0) return 2 * kMostStack;
  const auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  const uintptr_t top = getauxval(AT_EXECFN);
  const size_t used = top > here ? top - here : 0;
  return limit.rlim_cur > used ? limit.rlim_cur - used : 0;
}

// Half for JavaScript, the rest for sys. With less than is needed, the process would end with SIGSEGV at some point.
size_t stackSize() {
  const size_t left = leftOfStack();
  if (left < kLeastStack) {
    printError("the limit of the stack leaves " + std::to_string(left >> 10) + " KB beside arguments and environment, " +
               std::to_string(kLeastStack >> 10) + " KB are needed (hint: raise it: ulimit -s)");
    _exit(1);
  }
  return std::min(left / 2, kMostStack);
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

// A rejection without a handler is kept until all jobs are done, because a handler may still be added.
struct Unhandled {
  JSValue promise = JS_UNDEFINED;
  JSValue reason = JS_UNDEFINED;
};

void trackRejection(JSContext* context, JSValueConst promise, JSValueConst reason, tsrun::EngineBool handled, void* opaque) {
  Unhandled* unhandled = static_cast<Unhandled*>(opaque);
  if (!handled && JS_IsUndefined(unhandled->promise)) {
    unhandled->promise = JS_DupValue(context, promise);
    unhandled->reason = JS_DupValue(context, reason);
  } else if (handled && JS_VALUE_GET_PTR(promise) == JS_VALUE_GET_PTR(unhandled->promise)) {
    *unhandled = Unhandled{};
  }
}

// For src/entry/begin.ts: stores the function as the global `tsrunBegin`.
JSValue offer(JSContext* context, JSValueConst /* self */, int argc, JSValueConst* argv) {
  JSValue global = JS_GetGlobalObject(context);
  JS_SetPropertyStr(context, global, "tsrunBegin", argc < 1 ? JS_UNDEFINED : JS_DupValue(context, argv[0]));
  JS_FreeValue(context, global);
  return JS_UNDEFINED;
}

void installOffer(JSContext* context) {
  JSValue global = JS_GetGlobalObject(context);
  JS_SetPropertyStr(context, global, "tsrunOffer", JS_NewCFunction(context, offer, "tsrunOffer", 1));
  JS_FreeValue(context, global);
}

JSContext* newEngine() {
  JSRuntime* runtime = JS_NewRuntime2(tsrun::emptyArena(kMemoryLimit), nullptr);
  JSContext* context = runtime == nullptr ? nullptr : newContext(runtime);
  if (context == nullptr) {
    printError("create the JavaScript engine: cannot allocate memory (ENOMEM)");
    _exit(1);
  }
  JS_SetMaxStackSize(runtime, kMostStack);
  JS_SetGCThreshold(runtime, kCollectAfter);
  tsrun::installModules(context);
  tsrun::installSys(context);
  tsrun::installServer(context);
  installOffer(context);
  tsrun::roots() = {runtime, context};
  return context;
}

void runJobs(JSRuntime* runtime) {
  JSContext* failed;
  int executed;
  while ((executed = JS_ExecutePendingJob(runtime, &failed)) > 0) {
  }
  if (executed < 0) failWithException(failed);
}

// `maker BYTECODE OFFSET IMAGE`: makes an image of the program in BYTECODE, for that place in the room.
[[noreturn]] void makeImage(const char* bytecodeFile, const char* offset, const char* imageFile) {
  tsrun::prepareMaker();
  const std::optional<std::string> bytecode = tsrun::wholeFile(bytecodeFile);
  if (!bytecode) {
    printError(std::string("cannot read ") + bytecodeFile);
    _exit(1);
  }
  JSContext* context = newEngine();
  if (!tsrun::evaluateProgram(context, reinterpret_cast<const uint8_t*>(bytecode->data()), bytecode->size())) failWithException(context);
  runJobs(JS_GetRuntime(context));
  const std::string wrong = tsrun::writeProgramImage(strtoul(offset, nullptr, 10), imageFile);
  if (!wrong.empty()) printError(wrong);
  _exit(wrong.empty() ? 0 : 1);
}

constexpr char kShimModule[] = "shim.js";
// containerd's call that starts a server.
constexpr char kStart[] = "start";

// The shim has two programs: one for containerd's calls of the shim, `start` and `delete`, whose word comes last, and one with the server.
const char* shimProgram(const char* last) { return strcmp(last, kStart) == 0 || strcmp(last, "delete") == 0 ? "shim-call" : "shim"; }

// Starts the program for the first word of the command line that is a verb with an image. A wrong guess, such as the value of an option,
// only costs time: such a program hands over to the complete one (src/cli/shims/restart.ts).
JSContext* startProgram(int argc, char* const* argv, size_t stack) {
  const bool shim = argc > 0 && tsrun::isShim(argv[0]);
  for (int i = shim ? 0 : 1; i < argc; i++) {
    if (!shim && (argv[i][0] == '-' || !tsrun::restoreProgram(argv[i]))) continue;
    if (shim && !tsrun::restoreProgram(shimProgram(argv[argc - 1]))) break;
    JS_UpdateStackTop(tsrun::roots().runtime);
    JS_SetMaxStackSize(tsrun::roots().runtime, stack);
    return tsrun::roots().context;
  }
  JSContext* context = newEngine();
  JS_SetMaxStackSize(tsrun::roots().runtime, stack);
  if (!(shim ? tsrun::evaluateModule(context, kShimModule) : tsrun::evaluateProgram(context))) failWithException(context);
  return context;
}

void begin(JSContext* context) {
  JSValue global = JS_GetGlobalObject(context);
  JSValue function = JS_GetPropertyStr(context, global, "tsrunBegin");
  if (JS_IsException(JS_Call(context, function, JS_UNDEFINED, 0, nullptr))) failWithException(context);
}

}  // namespace

JSContext* tsrun::loadProgram(int argc, char* const* argv) {
  const size_t stack = stackSize();
  abandonProgram();
  return startProgram(argc, argv, stack);
}

void tsrun::runProgram(JSContext* context, int argc, char** argv) {
  JSRuntime* runtime = JS_GetRuntime(context);
  Unhandled unhandled;
  JS_SetHostPromiseRejectionTracker(runtime, trackRejection, &unhandled);
  setArguments(context, argc, argv);
  begin(context);
  runJobs(runtime);
  // Only the shim serves. It keeps what the rest of the system depends on, so a rejection that nobody handles does not end it.
  for (bool failed = false; nextTurn(context, &failed);) {
    if (failed) failWithException(context);
    runJobs(runtime);
  }
  if (!JS_IsUndefined(unhandled.promise)) fail(context, unhandled.reason);
  // src/entry/main.ts ends the process. If we get here, it waits for something that never happens.
  printError("the program stopped without an exit code");
  _exit(1);
}

int main(int argc, char** argv) {
  tsrun::rememberCommandLine(argc, argv);
  // Who cannot choose argv[0], such as a script, names the shim first.
  if (argc > 1 && tsrun::isShim(argv[1])) {
    argc--;
    argv++;
  }
  std::set_new_handler(failWithoutMemory);
  if (!tsrun::open_standard_streams()) {
    printError(tsrun::failureMessage(errno, "open a closed standard stream on", "/dev/null"));
    _exit(1);
  }
  tsrun::prepareSys();
  if (tsrun::isMaker() && argc == 4) makeImage(argv[1], argv[2], argv[3]);
  if (argc > 0 && tsrun::isShim(argv[0]) && strcmp(argv[argc - 1], kStart) == 0) tsrun::prepareServer(argc, argv);
  tsrun::runProgram(tsrun::loadProgram(argc, argv), argc, argv);
}
