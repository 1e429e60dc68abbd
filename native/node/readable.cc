#include "readable.h"

#include <fcntl.h>
#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <memory>

#include "../core/own.h"
#include "pending.h"
#include "values.h"

namespace tsrun {
namespace {

// It can be no stream of a container while a wait holds it.
void closeOwn(int fd) {
  disown(fd);
  close(fd);
}

// One wait: a poll handle for each descriptor, and perhaps a timer. The first to fire settles the promise and closes all of them; the last
// one to close deletes the wait.
class Wait {
 public:
  static Napi::Value begin(Napi::Env env, const IntegerList& fds, int64_t timeout, bool background) {
    auto begun = std::unique_ptr<Wait>(new Wait(env));
    if (!begun->pending_.exists()) return env.Undefined();
    begun->background_ = background;
    const Napi::Value promise = begun->pending_.promise();
    begun.release()->start(fds, timeout);
    return promise;
  }

 private:
  struct Poll {
    uv_poll_t handle;
    Wait* wait;
    int64_t index;
    int fd;
  };

  explicit Wait(Napi::Env env) : env_(env), context_(env, "tsrun:whenReadable"), pending_(env) {}

  void start(const IntegerList& fds, int64_t timeout) {
    uv_loop_t* loop = nullptr;
    napi_get_uv_event_loop(env_, &loop);
    napi_add_async_cleanup_hook(env_, endWithEnvironment, this, &cleanup_);
    uv_timer_init(loop, &timer_);
    if (background_) uv_unref(reinterpret_cast<uv_handle_t*>(&timer_));
    timer_.data = this;
    open_ = 1;
    for (size_t i = 0; i < fds.size() && !settled_; i++) poll(loop, static_cast<int>(fds[i]), static_cast<int64_t>(i));
    if (settled_ || timeout < 0) return;
    // The loop's clock still shows the time of its last turn.
    uv_update_time(loop);
    uv_timer_start(
        &timer_, [](uv_timer_t* timer) { static_cast<Wait*>(timer->data)->settleInLoop(-1); }, static_cast<uint64_t>(timeout), 0);
  }

  // libuv allows one poll handle per descriptor, so every wait uses its own duplicate.
  void poll(uv_loop_t* loop, int fd, int64_t index) {
    const int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (own < 0) return fail({errno, "fcntl", std::to_string(fd)});
    note_own(own);
    auto entry = std::make_unique<Poll>(Poll{{}, this, index, own});
    const int error = uv_poll_init(loop, &entry->handle, own);
    if (error != 0) {
      closeOwn(own);
      // epoll_ctl(2) rejects regular files, which are always ready.
      return error == UV_EPERM ? settle(index) : fail({-error, "epoll_ctl", std::to_string(fd)});
    }
    entry->handle.data = entry.get();
    uv_poll_start(&entry->handle, UV_READABLE | UV_DISCONNECT, [](uv_poll_t* handle, int /* status */, int /* events */) {
      const Poll* fired = static_cast<Poll*>(handle->data);
      fired->wait->settleInLoop(fired->index);
    });
    if (background_) uv_unref(reinterpret_cast<uv_handle_t*>(&entry->handle));
    polls_.push_back(std::move(entry));
    open_++;
  }

  // Called from a callback of the loop: reactions of promises run when the scope closes.
  void settleInLoop(int64_t index) {
    const Napi::HandleScope scope(env_);
    const Napi::CallbackScope callback(env_, context_);
    settle(index);
  }

  void settle(int64_t index) {
    if (settled_) return;
    pending_.resolve(Napi::Number::New(env_, static_cast<double>(index)));
    end();
  }

  void fail(const Failure& failure) {
    pending_.reject(fromFailure(env_, failure).Value());
    end();
  }

  void end() {
    settled_ = true;
    for (const auto& poll : polls_) {
      uv_close(reinterpret_cast<uv_handle_t*>(&poll->handle), [](uv_handle_t* handle) {
        const Poll* closed = static_cast<Poll*>(handle->data);
        closeOwn(closed->fd);
        closed->wait->closed();
      });
    }
    uv_close(reinterpret_cast<uv_handle_t*>(&timer_), [](uv_handle_t* handle) { static_cast<Wait*>(handle->data)->closed(); });
  }

  void closed() {
    if (--open_ > 0) return;
    napi_remove_async_cleanup_hook(cleanup_);
    const Napi::HandleScope scope(env_);
    delete this;
  }

  // Node.js requires closed handles if a worker thread or the process ends during a wait.
  static void endWithEnvironment(napi_async_cleanup_hook_handle /* handle */, void* data) {
    Wait* wait = static_cast<Wait*>(data);
    if (!wait->settled_) wait->end();
  }

  Napi::Env env_;
  Napi::AsyncContext context_;
  Pending pending_;
  napi_async_cleanup_hook_handle cleanup_ = nullptr;
  uv_timer_t timer_ = {};
  std::vector<std::unique_ptr<Poll>> polls_;
  int open_ = 0;
  bool settled_ = false;
  // Whether the event loop may end during this wait.
  bool background_ = false;
};

constexpr Parameter kFds = {"fds", Kind::kIntegerList, false};
constexpr Parameter kTimeout = {"timeout", Kind::kLong, false};

}  // namespace

Napi::Value whenReadable(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsObject()) {
    Napi::TypeError::New(env, "\"whenReadable\" wants an object").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const Napi::Object object = info[0].As<Napi::Object>();
  const Napi::Value given[] = {object.Get(kFds.name), object.Get(kTimeout.name), object.Get("background")};
  // Empty without an exception: the worker thread that calls is being terminated.
  for (const Napi::Value& value : given) {
    if (value.IsEmpty()) return env.Undefined();
  }
  Value fds, timeout;
  if (!toValue(given[0], kFds, &fds) || !toValue(given[1], kTimeout, &timeout)) return env.Undefined();
  // ToBoolean() could fail while the environment is being torn down.
  const bool background = given[2].IsBoolean() && given[2].As<Napi::Boolean>().Value();
  return Wait::begin(env, std::get<IntegerList>(fds), std::get<int64_t>(timeout), background);
}

}  // namespace tsrun
