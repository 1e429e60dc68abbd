#include "server.h"

#include <elf.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "../heap/arena.h"
#include "../values.h"
#include "prepared.h"

// The start of the executable in memory. Defined by the linker.
extern "C" const Elf64_Ehdr __ehdr_start;

namespace tsrun {
namespace {

// A server runs long: what only a collection of garbage frees (cycles, such as those of promises) must not add up. With a bound that the
// started program itself exceeds, the server's first object would cause a collection, while containerd waits.
constexpr size_t kCollectAfter = kHeapBeginning + (256 << 10);

JSValue turn = JS_UNDEFINED;

constexpr Parameter kFds = {"fds", Kind::kIntegerList, false};
constexpr Parameter kEvents = {"events", Kind::kIntegerList, false};
constexpr Parameter kTimeout = {"timeout", Kind::kInteger, false};
constexpr Parameter kRest = {"rest", Kind::kBoolean, false};
constexpr Parameter kArgs = {"args", Kind::kTextList, false};
constexpr Parameter kSocket = {"socket", Kind::kInteger, false};
constexpr Parameter kChanged = {"changed", Kind::kBoolean, false};

bool argument(JSContext* context, JSValueConst object, const Parameter& parameter, Value* to) {
  JSValue value = JS_GetPropertyStr(context, object, parameter.name);
  const bool ok = !JS_IsException(value) && toValue(context, value, parameter, to);
  JS_FreeValue(context, value);
  return ok;
}

JSValue serve(JSContext* context, JSValueConst /* self */, int argc, JSValueConst* argv) {
  if (argc < 1 || !JS_IsFunction(context, argv[0])) return JS_ThrowTypeError(context, "\"serve\" wants a function");
  turn = JS_DupValue(context, argv[0]);
  JS_SetGCThreshold(JS_GetRuntime(context), kCollectAfter);
  return JS_UNDEFINED;
}

// Takes the executable's code and constants out of this process's memory: they are pages of a file, which the next event brings back from
// the page cache, some at a time (MADV_DONTNEED of madvise(2)). A failure costs only memory.
void giveBackCode() {
  const auto base = reinterpret_cast<uintptr_t>(&__ehdr_start);
  const auto* const segments = reinterpret_cast<const Elf64_Phdr*>(base + __ehdr_start.e_phoff);
  const auto page = static_cast<uintptr_t>(getauxval(AT_PAGESZ));
  for (int i = 0; i < __ehdr_start.e_phnum; i++) {
    const Elf64_Phdr& segment = segments[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const uintptr_t start = (base + segment.p_vaddr) & ~(page - 1);
    madvise(reinterpret_cast<void*>(start), base + segment.p_vaddr + segment.p_memsz - start, MADV_DONTNEED);
  }
}

JSValue pollFds(JSContext* context, JSValueConst /* self */, int argc, JSValueConst* argv) {
  if (argc < 1) return JS_ThrowTypeError(context, "\"poll\" wants an object");
  Value fds, events, timeout, rest;
  if (!argument(context, argv[0], kFds, &fds) || !argument(context, argv[0], kEvents, &events) ||
      !argument(context, argv[0], kTimeout, &timeout) || !argument(context, argv[0], kRest, &rest))
    return JS_EXCEPTION;
  const IntegerList& numbers = std::get<IntegerList>(fds);
  const IntegerList& wanted = std::get<IntegerList>(events);
  if (numbers.size() != wanted.size()) return JS_ThrowTypeError(context, "\"poll\" wants events for each descriptor");
  std::vector<pollfd> polled;
  polled.reserve(numbers.size());
  for (size_t i = 0; i < numbers.size(); i++) polled.push_back({static_cast<int>(numbers[i]), static_cast<short>(wanted[i]), 0});
  // Last, because whatever runs after it brings pages back.
  if (std::get<bool>(rest)) giveBackCode();
  // No handler of a signal runs in this process. If the process is stopped and continued, the caller looks at its clock again.
  if (poll(polled.data(), polled.size(), static_cast<int>(std::get<int64_t>(timeout))) < 0 && errno != EINTR)
    return throwFailure(context, {errno, "poll", ""});
  IntegerList ready;
  for (size_t i = 0; i < polled.size(); i++) {
    if (polled[i].revents == 0) continue;
    ready.push_back(static_cast<int64_t>(i));
    ready.push_back(polled[i].revents);
  }
  return fromValue(context, ready);
}

JSValue forkServer(JSContext* context, JSValueConst /* self */, int argc, JSValueConst* argv) {
  if (argc < 1) return JS_ThrowTypeError(context, "\"fork\" wants an object");
  Value args, socket, changed;
  if (!argument(context, argv[0], kArgs, &args) || !argument(context, argv[0], kSocket, &socket) ||
      !argument(context, argv[0], kChanged, &changed))
    return JS_EXCEPTION;
  if (std::get<bool>(changed)) dismissServer();
  std::vector<std::string> words = {isShim(program_invocation_name) ? program_invocation_name : kShimName};
  for (std::string& word : std::get<TextList>(args)) words.push_back(std::move(word));
  const char* call;
  const pid_t pid = handOver(static_cast<int>(std::get<int64_t>(socket)), words, &call);
  if (pid < 0) return throwFailure(context, {errno, call, ""});
  return JS_NewInt32(context, pid);
}

JSValue dismiss(JSContext* /* context */, JSValueConst /* self */, int /* argc */, JSValueConst* /* argv */) {
  dismissServer();
  return JS_UNDEFINED;
}

JSValue inheritedSocket(JSContext* context, JSValueConst /* self */, int /* argc */, JSValueConst* /* argv */) {
  int listens = 0;
  socklen_t size = sizeof listens;
  if (getsockopt(kServerSocket, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) < 0) return throwFailure(context, {errno, "getsockopt", ""});
  if (listens == 0) return throwFailure(context, {ENOTSOCK, "getsockopt", ""});
  if (fcntl(kServerSocket, F_SETFD, FD_CLOEXEC) < 0) return throwFailure(context, {errno, "fcntl", ""});
  // Without this, the process would be named after the last part of the path that was executed: proc_pid_comm(5).
  prctl(PR_SET_NAME, kShimName);
  return JS_NewInt32(context, kServerSocket);
}

// The memory of a Uint8Array; nullptr with a pending exception for anything else.
uint8_t* bytesOf(JSContext* context, JSValueConst array, size_t* size) {
  size_t offset, length, element, whole;
  JSValue buffer = JS_GetTypedArrayBuffer(context, array, &offset, &length, &element);
  if (JS_IsException(buffer)) return nullptr;
  uint8_t* const bytes = JS_GetArrayBuffer(context, &whole, buffer);
  // The array keeps its buffer.
  JS_FreeValue(context, buffer);
  if (bytes == nullptr || element != 1) return nullptr;
  *size = length;
  return bytes + offset;
}

bool isAscii(const uint8_t* bytes, size_t size) {
  uint8_t all = 0;
  for (size_t i = 0; i < size; i++) all |= bytes[i];
  return all < 0x80;
}

// readAscii(bytes, from, to): src/protobuf/ascii.ts. Its arguments are not in an object, because it is called for every text of a message.
JSValue readAscii(JSContext* context, JSValueConst /* self */, int argc, JSValueConst* argv) {
  size_t size;
  uint32_t from, to;
  const uint8_t* const bytes = argc < 3 ? nullptr : bytesOf(context, argv[0], &size);
  if (bytes == nullptr) return JS_ThrowTypeError(context, "\"readAscii\" wants a Uint8Array");
  if (JS_ToUint32(context, &from, argv[1]) < 0 || JS_ToUint32(context, &to, argv[2]) < 0) return JS_EXCEPTION;
  if (from > to || to > size) return JS_ThrowRangeError(context, "\"readAscii\" reads beyond the array");
  if (!isAscii(bytes + from, to - from)) return JS_UNDEFINED;
  return JS_NewStringLen(context, reinterpret_cast<const char*>(bytes) + from, to - from);
}

// writeAscii(bytes, at, text).
JSValue writeAscii(JSContext* context, JSValueConst /* self */, int argc, JSValueConst* argv) {
  size_t size, length;
  uint32_t at;
  uint8_t* const bytes = argc < 3 ? nullptr : bytesOf(context, argv[0], &size);
  if (bytes == nullptr) return JS_ThrowTypeError(context, "\"writeAscii\" wants a Uint8Array");
  if (JS_ToUint32(context, &at, argv[1]) < 0) return JS_EXCEPTION;
  const char* const text = JS_ToCStringLen(context, &length, argv[2]);
  if (text == nullptr) return JS_EXCEPTION;
  // Of other texts, the UTF-8 may have no room. The caller needs its length first.
  const bool ascii = isAscii(reinterpret_cast<const uint8_t*>(text), length);
  const bool fits = at <= size && length <= size - at;
  if (ascii && fits) memcpy(bytes + at, text, length);
  JS_FreeCString(context, text);
  if (ascii && !fits) return JS_ThrowRangeError(context, "\"writeAscii\" writes beyond the array");
  return JS_NewInt64(context, ascii ? static_cast<int64_t>(at) + static_cast<int64_t>(length) : -1);
}

const JSCFunctionListEntry kFunctions[] = {
    JS_CFUNC_DEF("readAscii", 3, readAscii),
    JS_CFUNC_DEF("writeAscii", 3, writeAscii),
    JS_CFUNC_DEF("serve", 1, serve),
    JS_CFUNC_DEF("poll", 1, pollFds),
    JS_CFUNC_DEF("fork", 1, forkServer),
    JS_CFUNC_DEF("dismiss", 0, dismiss),
    JS_CFUNC_DEF("inheritedSocket", 0, inheritedSocket),
};

}  // namespace

void installServer(JSContext* context) {
  JSValue object = JS_NewObject(context);
  JS_SetPropertyFunctionList(context, object, kFunctions, sizeof kFunctions / sizeof kFunctions[0]);
  JSValue global = JS_GetGlobalObject(context);
  JS_SetPropertyStr(context, global, "tsrunServer", object);
  JS_FreeValue(context, global);
}

bool isShim(const char* name) {
  const char* const slash = strrchr(name, '/');
  return strcmp(slash == nullptr ? name : slash + 1, kShimName) == 0;
}

bool nextTurn(JSContext* context, bool* failed) {
  if (JS_IsUndefined(turn)) return false;
  JSValue result = JS_Call(context, turn, JS_UNDEFINED, 0, nullptr);
  *failed = JS_IsException(result);
  JS_FreeValue(context, result);
  return true;
}

}  // namespace tsrun
