#include "blocking.h"

#include "values.h"

namespace tsrun {
namespace {

class Call : public Napi::AsyncWorker {
 public:
  Call(Napi::Env env, const Function& function, Arguments arguments)
      : Napi::AsyncWorker(env), function_(function), arguments_(std::move(arguments)), deferred_(Napi::Promise::Deferred::New(env)) {}

  Napi::Promise promise() const { return deferred_.Promise(); }

  void Execute() override { outcome_ = call(function_, arguments_); }

  void OnOK() override {
    const Napi::HandleScope scope(Env());
    if (const Failure* failure = std::get_if<Failure>(&outcome_)) {
      deferred_.Reject(fromFailure(Env(), *failure).Value());
    } else {
      deferred_.Resolve(fromValue(Env(), std::get<Value>(outcome_)));
    }
  }

 private:
  const Function& function_;
  const Arguments arguments_;
  const Napi::Promise::Deferred deferred_;
  Outcome outcome_;
};

}  // namespace

Napi::Value callOnWorker(Napi::Env env, const Function& function, Arguments arguments) {
  // It deletes itself when it is done (Napi::AsyncWorker).
  Call* work = new Call(env, function, std::move(arguments));
  work->Queue();
  return work->promise();
}

}  // namespace tsrun
