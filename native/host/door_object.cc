#include "door_object.h"

#include "../core/door.h"
#include "own_functions.h"
#include "values.h"

namespace tsrun {
namespace {

// `magic` is the index in the table.
JSValue callTable(JSContext* context, JSValueConst /* self */, int argc, JSValueConst* argv, int magic) {
  const Function& function = door()[static_cast<size_t>(magic)];
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

}  // namespace

void installDoor(JSContext* context) {
  JSValue object = JS_NewObject(context);
  const List<Function> table = door();
  // The engine keeps pointers into this list: with it, a function is only made when it is first used (JS_DefineAutoInitProperty).
  static std::vector<JSCFunctionListEntry> entries;
  entries.reserve(table.size());
  for (size_t i = 0; i < table.size(); i++) {
    JSCFunctionListEntry entry = JS_CFUNC_MAGIC_DEF("", 1, callTable, 0);
    entry.name = table[i].name;
    entry.magic = static_cast<int16_t>(i);
    entries.push_back(entry);
  }
  JS_SetPropertyFunctionList(context, object, entries.data(), static_cast<int>(entries.size()));
  addOwnFunctions(context, object);
  JSValue global = JS_GetGlobalObject(context);
  JS_SetPropertyStr(context, global, "tsrunDoor", object);
  JS_FreeValue(context, global);
}

}  // namespace tsrun
