#include "blocking.h"

#include <malloc.h>
#include <pthread.h>

#include <deque>
#include <memory>
#include <utility>

#include "values.h"

namespace tsrun {
namespace {

class Call {
 public:
  Call(JSContext* context, const Function& function, Arguments arguments)
      : context_(context), function_(function), arguments_(std::move(arguments)) {
    promise_ = JS_NewPromiseCapability(context, settle_);
    // One heap for all threads: another one would be half a dozen system calls.
    mallopt(M_ARENA_MAX, 1);
    // Where there can be no thread, at once.
    threaded_ = pthread_create(&thread_, nullptr, execute, this) == 0;
    if (!threaded_) execute(this);
  }

  JSValue promise() const { return promise_; }

  void finish() {
    if (threaded_) pthread_join(thread_, nullptr);
    const Failure* failure = std::get_if<Failure>(&outcome_);
    JSValue value =
        failure == nullptr ? fromValue(context_, std::get<Value>(outcome_)) : (throwFailure(context_, *failure), JS_GetException(context_));
    JS_FreeValue(context_, JS_Call(context_, settle_[failure == nullptr ? 0 : 1], JS_UNDEFINED, 1, &value));
    JS_FreeValue(context_, value);
    JS_FreeValue(context_, settle_[0]);
    JS_FreeValue(context_, settle_[1]);
  }

 private:
  static void* execute(void* self) {
    Call* call = static_cast<Call*>(self);
    call->outcome_ = tsrun::call(call->function_, call->arguments_);
    return nullptr;
  }

  JSContext* context_;
  const Function& function_;
  const Arguments arguments_;
  JSValue promise_;
  JSValue settle_[2];
  Outcome outcome_;
  bool threaded_;
  pthread_t thread_;
};

std::deque<std::unique_ptr<Call>> calls;

}  // namespace

JSValue callOnThread(JSContext* context, const Function& function, Arguments arguments) {
  calls.push_back(std::make_unique<Call>(context, function, std::move(arguments)));
  return calls.back()->promise();
}

bool finishCall() {
  if (calls.empty()) return false;
  calls.front()->finish();
  calls.pop_front();
  return true;
}

}  // namespace tsrun
