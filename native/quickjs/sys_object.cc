#include "sys_object.h"

#include <cstdlib>

#include "../core/functions.h"
#include "own_functions.h"
#include "values.h"

namespace tsrun {
namespace {

// `magic` is the index in the table.
JSValue callTable(JSContext* context, JSValueConst /* self */, int argc, JSValueConst* argv, int magic) {
  const Function& function = functions()[static_cast<size_t>(magic)];
  std::vector<Value> values(function.parameters.size());
  if (function.parameters.size() > 0 && argc < 1) return JS_ThrowTypeError(context, "\"%s\" wants an object", function.name);
  for (size_t i = 0; i < values.size(); i++) {
    const Parameter& parameter = function.parameters[i];
    JSValue value = JS_GetPropertyStr(context, argv[0], parameter.name);
    const bool ok = !JS_IsException(value) && toValue(context, value, parameter, &values[i]);
    JS_FreeValue(context, value);
    if (!ok) return JS_EXCEPTION;
  }
  const Outcome outcome = call(function, Arguments(std::move(values)));
  if (const Failure* failure = std::get_if<Failure>(&outcome)) return throwFailure(context, *failure);
  return fromValue(context, std::get<Value>(outcome));
}

// The engine keeps pointers into this list, and so creates a function only when it is first used (JS_DefineAutoInitProperty).
constexpr size_t kMostFunctions = 128;
JSCFunctionListEntry entries[kMostFunctions];

}  // namespace

void prepareSys() {
  const List<Function> table = functions();
  if (table.size() > kMostFunctions) abort();
  for (size_t i = 0; i < table.size(); i++) {
    entries[i] = JS_CFUNC_MAGIC_DEF("", 1, callTable, 0);
    entries[i].name = table[i].name;
    entries[i].magic = static_cast<int16_t>(i);
  }
}

void installSys(JSContext* context) {
  JSValue object = JS_NewObject(context);
  JS_SetPropertyFunctionList(context, object, entries, static_cast<int>(functions().size()));
  addOwnFunctions(context, object);
  JSValue global = JS_GetGlobalObject(context);
  JS_SetPropertyStr(context, global, "tsrunSys", object);
  JS_FreeValue(context, global);
}

}  // namespace tsrun
