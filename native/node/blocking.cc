#include "blocking.h"

#include <memory>

#include "../core/host/left_children.h"
#include "held_here.h"
#include "pending.h"
#include "values.h"

namespace tsrun {
namespace {

class Call : public Napi::AsyncWorker {
 public:
  Call(Napi::Env env, const Function& function, Arguments arguments)
      : Napi::AsyncWorker(env), function_(function), arguments_(std::move(arguments)), pending_(env) {}

  const Pending& pending() const { return pending_; }

  void Execute() override {
    hold_in(held_.get());
    outcome_ = call(function_, arguments_);
    hold_in(nullptr);
  }

  void OnOK() override {
    const Napi::HandleScope scope(Env());
    if (const Failure* failure = std::get_if<Failure>(&outcome_)) {
      pending_.reject(fromFailure(Env(), *failure).Value());
    } else {
      pending_.resolve(fromValue(Env(), std::get<Value>(outcome_)));
    }
  }

 private:
  const Function& function_;
  const Arguments arguments_;
  const Pending pending_;
  const std::shared_ptr<Held> held_ = heldHere();
  Outcome outcome_;
};

}  // namespace

Napi::Value callOnWorker(Napi::Env env, const Function& function, Arguments arguments) {
  reap_left_children();
  auto work = std::make_unique<Call>(env, function, std::move(arguments));
  if (!work->pending().exists()) return env.Undefined();
  const Napi::Value promise = work->pending().promise();
  // It deletes itself when it is done (Napi::AsyncWorker).
  work.release()->Queue();
  return promise;
}

}  // namespace tsrun
