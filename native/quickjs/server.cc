#include "server.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

#include "../core/fd.h"
#include "values.h"

namespace tsrun {
namespace {

// A server lives long: what only a collection of garbage frees (cycles, such as those of promises) must not add up.
constexpr size_t kCollectAfter = 1 << 20;

JSValue turn = JS_UNDEFINED;

constexpr Parameter kFds = {"fds", Kind::kIntegerList, false};
constexpr Parameter kEvents = {"events", Kind::kIntegerList, false};
constexpr Parameter kTimeout = {"timeout", Kind::kInteger, false};

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

JSValue pollFds(JSContext* context, JSValueConst /* self */, int argc, JSValueConst* argv) {
  if (argc < 1) return JS_ThrowTypeError(context, "\"poll\" wants an object");
  Value fds, events, timeout;
  if (!argument(context, argv[0], kFds, &fds) || !argument(context, argv[0], kEvents, &events) ||
      !argument(context, argv[0], kTimeout, &timeout))
    return JS_EXCEPTION;
  const IntegerList& numbers = std::get<IntegerList>(fds);
  const IntegerList& wanted = std::get<IntegerList>(events);
  if (numbers.size() != wanted.size()) return JS_ThrowTypeError(context, "\"poll\" wants events for each descriptor");
  std::vector<pollfd> polled;
  polled.reserve(numbers.size());
  for (size_t i = 0; i < numbers.size(); i++) polled.push_back({static_cast<int>(numbers[i]), static_cast<short>(wanted[i]), 0});
  // No handler of a signal runs in this process. If the process is stopped and continued, the caller looks at its clock again.
  if (poll(polled.data(), polled.size(), static_cast<int>(std::get<int64_t>(timeout))) < 0 && errno != EINTR)
    return throwFailure(context, {errno, "poll", ""});
  IntegerList ready;
  ready.reserve(polled.size());
  for (const pollfd& one : polled) ready.push_back(one.revents);
  return fromValue(context, ready);
}

// Closes what our caller left open: all that is ours is close-on-exec. A server lives long, and somebody may wait for the end of a pipe.
int closeInherited() {
  DIR* const directory = opendir("/proc/self/fd");
  if (directory == nullptr) return -1;
  while (const dirent* entry = readdir(directory)) {
    const int fd = atoi(entry->d_name);
    const int flags = fd > STDERR_FILENO ? fcntl(fd, F_GETFD) : -1;
    if (flags >= 0 && (flags & FD_CLOEXEC) == 0) close(fd);
  }
  return closedir(directory);
}

// The child: /dev/null as standard streams, nothing else that was inherited, and a process group of its own.
int leaveParent() {
  if (closeInherited() < 0) return -1;
  const Fd nothing(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!nothing.valid()) return -1;
  for (int stream = 0; stream <= 2; stream++) {
    if (dup2(nothing.get(), stream) < 0) return -1;
  }
  return setpgid(0, 0);
}

JSValue forkServer(JSContext* context, JSValueConst /* self */, int /* argc */, JSValueConst* /* argv */) {
  const pid_t pid = fork();
  if (pid < 0) return throwFailure(context, {errno, "fork", ""});
  if (pid == 0 && leaveParent() < 0) _exit(1);
  return JS_NewInt32(context, pid);
}

const JSCFunctionListEntry kFunctions[] = {
    JS_CFUNC_DEF("serve", 1, serve),
    JS_CFUNC_DEF("poll", 1, pollFds),
    JS_CFUNC_DEF("fork", 0, forkServer),
};

}  // namespace

void installServer(JSContext* context) {
  JSValue object = JS_NewObject(context);
  JS_SetPropertyFunctionList(context, object, kFunctions, sizeof kFunctions / sizeof kFunctions[0]);
  JSValue global = JS_GetGlobalObject(context);
  JS_SetPropertyStr(context, global, "tsrunServer", object);
  JS_FreeValue(context, global);
}

bool nextTurn(JSContext* context, bool* failed) {
  if (JS_IsUndefined(turn)) return false;
  JSValue result = JS_Call(context, turn, JS_UNDEFINED, 0, nullptr);
  *failed = JS_IsException(result);
  JS_FreeValue(context, result);
  return true;
}

}  // namespace tsrun
