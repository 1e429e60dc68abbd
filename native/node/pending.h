// A promise of which the addon holds the other end.
#pragma once
#include <napi.h>

namespace tsrun {

// Settled once, in the thread of its environment. Napi::Promise::Deferred is not used because it holds an undefined value when no promise
// can be made, which is so in a worker thread that is being terminated (worker_threads, `worker.terminate()`).
class Pending {
 public:
  explicit Pending(Napi::Env env) : env_(env) {
    if (napi_create_promise(env, &deferred_, &promise_) != napi_ok) deferred_ = nullptr;
  }

  // Whether there is a promise. There is no other way than to return at once if not: nobody will hear the result.
  bool exists() const { return deferred_ != nullptr; }

  // Only in the call that made it: the handle belongs to that call's scope.
  Napi::Value promise() const { return {env_, promise_}; }

  // A failure means that the environment is being torn down.
  void resolve(const Napi::Value& value) const { static_cast<void>(napi_resolve_deferred(env_, deferred_, value)); }
  void reject(const Napi::Value& value) const { static_cast<void>(napi_reject_deferred(env_, deferred_, value)); }

 private:
  Napi::Env env_;
  napi_deferred deferred_ = nullptr;
  napi_value promise_ = nullptr;
};

}  // namespace tsrun
