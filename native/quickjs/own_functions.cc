#include "own_functions.h"

#include <poll.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <vector>

#include "../core/process/deferred_signals.h"
#include "../core/seccomp/seccomp_version.h"
#include "values.h"

namespace tsrun {
namespace {

// Exit immediately without freeing; process teardown is faster. Output went through write(2), so there is nothing to flush.
JSValue exitNow(JSContext* context, JSValueConst /* self */, int argc, JSValueConst* argv) {
  int32_t code = 1;
  if (argc > 0) {
    JSValue value = JS_GetPropertyStr(context, argv[0], "code");
    if (JS_ToInt32(context, &code, value) < 0) return JS_EXCEPTION;
  }
  _exit(code);
}

JSValue environment(JSContext* context, JSValueConst /* self */, int /* argc */, JSValueConst* /* argv */) {
  TextList list;
  for (char** entry = environ; *entry != nullptr; entry++) list.emplace_back(*entry);
  return fromValue(context, list);
}

JSValue versions(JSContext* context, JSValueConst /* self */, int /* argc */, JSValueConst* /* argv */) {
  return fromValue(context, Record{{"seccomp", seccompVersion()}, {"engine", std::string("quickjs " TSRUN_QUICKJS_VERSION)}});
}

int64_t monotonicMilliseconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// poll(2), repeated with the remaining time after a signal, and for timeouts above its maximum of 24 days.
int pollUntil(std::vector<pollfd>* fds, int64_t timeout) {
  constexpr int64_t kLongest = std::numeric_limits<int>::max();
  const int64_t end = timeout < 0 ? 0 : monotonicMilliseconds() + timeout;
  for (;;) {
    const int ready = poll(fds->data(), fds->size(), static_cast<int>(std::clamp<int64_t>(timeout, -1, kLongest)));
    if (ready > 0 || (ready == 0 && timeout <= kLongest) || (ready < 0 && errno != EINTR)) return ready;
    if (timeout >= 0) timeout = std::max<int64_t>(0, end - monotonicMilliseconds());
  }
}

constexpr Parameter kFds = {"fds", Kind::kIntegerList, false};
constexpr Parameter kTimeout = {"timeout", Kind::kLong, false};

JSValue whenReadable(JSContext* context, JSValueConst /* self */, int argc, JSValueConst* argv) {
  if (argc < 1) return JS_ThrowTypeError(context, "\"whenReadable\" wants an object");
  Value fds, timeout;
  JSValue fdsValue = JS_GetPropertyStr(context, argv[0], kFds.name);
  JSValue timeoutValue = JS_GetPropertyStr(context, argv[0], kTimeout.name);
  const bool ok = toValue(context, fdsValue, kFds, &fds) && toValue(context, timeoutValue, kTimeout, &timeout);
  JS_FreeValue(context, fdsValue);
  JS_FreeValue(context, timeoutValue);
  if (!ok) return JS_EXCEPTION;
  std::vector<pollfd> polled;
  for (int64_t fd : std::get<IntegerList>(fds)) polled.push_back({static_cast<int>(fd), POLLIN, 0});
  const size_t count = polled.size();
  polled.push_back({deferred_signals_fd(), POLLIN, 0});
  for (;;) {
    if (pollUntil(&polled, std::get<int64_t>(timeout)) < 0) return throwFailure(context, {errno, "poll", ""});
    for (size_t i = 0; i < count; i++) {
      if (polled[i].revents & POLLNVAL) return throwFailure(context, {EBADF, "poll", std::to_string(polled[i].fd)});
      if (polled[i].revents != 0) return JS_NewInt64(context, static_cast<int64_t>(i));
    }
    if (polled[count].revents == 0) return JS_NewInt32(context, -1);
    // Check the descriptors before signals: one of them may be the last thing that was missing.
    const int signal = take_deferred_signal();
    if (signal > 0) return throwFailure(context, {EINTR, "poll", std::to_string(signal)});
  }
}

const JSCFunctionListEntry kFunctions[] = {
    JS_CFUNC_DEF("exit", 1, exitNow),
    JS_CFUNC_DEF("environment", 0, environment),
    JS_CFUNC_DEF("versions", 0, versions),
    JS_CFUNC_DEF("whenReadable", 1, whenReadable),
};

}  // namespace

void addOwnFunctions(JSContext* context, JSValueConst sys) {
  JS_SetPropertyFunctionList(context, sys, kFunctions, sizeof kFunctions / sizeof kFunctions[0]);
}

}  // namespace tsrun
