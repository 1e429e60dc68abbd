// sys as a Node.js addon, loaded by src/sys/addon.ts.
#include <napi.h>
#include <unistd.h>

#include "../core/functions.h"
#include "../core/outcome.h"
#include "../core/process/inherited.h"
#include "../core/seccomp/seccomp_version.h"
#include "../core/spawn/standard_streams.h"
#include "blocking.h"
#include "callers.h"
#include "held_here.h"
#include "readable.h"
#include "values.h"

namespace tsrun {
namespace {

Napi::Value callTable(const Napi::CallbackInfo& info) {
  const Function& function = *static_cast<const Function*>(info.Data());
  const Napi::Env env = info.Env();
  std::vector<Value> values(function.parameters.size());
  if (!values.empty() && !info[0].IsObject()) {
    Napi::TypeError::New(env, std::string("\"") + function.name + "\" wants an object").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  for (size_t i = 0; i < values.size(); i++) {
    const Parameter& parameter = function.parameters[i];
    const Napi::Value value = info[0].As<Napi::Object>().Get(parameter.name);
    // Empty without an exception: the worker thread that calls is being terminated.
    if (value.IsEmpty() || env.IsExceptionPending() || !toValue(value, parameter, &values[i])) return env.Undefined();
  }
  if (function.blocking) return callOnWorker(env, function, Arguments(std::move(values)));
  const Outcome outcome = call(function, Arguments(std::move(values)));
  if (const Failure* failure = std::get_if<Failure>(&outcome)) {
    fromFailure(env, *failure).ThrowAsJavaScriptException();
    return env.Undefined();
  }
  return fromValue(env, std::get<Value>(outcome));
}

// Read from the C library: process.env of Node.js would include changes that the program made, and lose values that are not UTF-8.
Napi::Value environment(const Napi::CallbackInfo& info) {
  TextList list;
  for (char** entry = environ; *entry != nullptr; entry++) list.emplace_back(*entry);
  return fromValue(info.Env(), list);
}

Napi::Value versions(const Napi::CallbackInfo& info) {
  const napi_node_version* node = nullptr;
  napi_get_node_version(info.Env(), &node);
  const std::string engine = "node " + std::to_string(node->major) + "." + std::to_string(node->minor) + "." + std::to_string(node->patch);
  return fromValue(info.Env(), Record{{"seccomp", seccompVersion()}, {"engine", engine}});
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  if (!open_standard_streams()) {
    fromFailure(env, failed("open", "/dev/null")).ThrowAsJavaScriptException();
    return exports;
  }
  tell_inherited_by(isOfTheCaller);
  holdWithEnvironment(env);
  for (const Function& function : functions()) {
    exports.Set(function.name, Napi::Function::New(env, callTable, function.name, const_cast<Function*>(&function)));
  }
  exports.Set("environment", Napi::Function::New(env, environment, "environment"));
  exports.Set("versions", Napi::Function::New(env, versions, "versions"));
  exports.Set("whenReadable", Napi::Function::New(env, whenReadable, "whenReadable"));
  return exports;
}

}  // namespace
}  // namespace tsrun

using tsrun::initialize;
NODE_API_MODULE(tsrun, initialize)
