#include "values.h"

#include "../core/errno_names.h"
#include "../core/integer_of.h"
#include "engine.h"

namespace tsrun {
namespace {

bool wrongKind(JSContext* context, const Parameter& parameter, const char* wanted) {
  JS_ThrowTypeError(context, "\"%s\" is not %s", parameter.name, wanted);
  return false;
}

bool toIntegerOf(JSContext* context, JSValueConst from, Kind kind, int64_t* to) {
  double number;
  return JS_IsNumber(from) && JS_ToFloat64(context, &number, from) == 0 && integer_of(number, kind, to);
}

bool toInteger(JSContext* context, JSValueConst from, int64_t* to) { return toIntegerOf(context, from, Kind::kInteger, to); }

bool toText(JSContext* context, JSValueConst from, std::string* to) {
  if (!JS_IsString(from)) return false;
  size_t length;
  const char* text = JS_ToCStringLen(context, &length, from);
  if (text == nullptr) return false;
  to->assign(text, length);
  JS_FreeCString(context, text);
  return true;
}

bool toBytes(JSContext* context, JSValueConst from, Bytes* to) {
  size_t offset, length, unit;
  JSValue buffer = JS_GetTypedArrayBuffer(context, from, &offset, &length, &unit);
  if (JS_IsException(buffer)) {
    JS_FreeValue(context, JS_GetException(context));
    return false;
  }
  size_t size;
  const uint8_t* data = JS_GetArrayBuffer(context, &size, buffer);
  const bool ok = unit == 1 && data != nullptr && offset + length <= size;
  if (ok) to->assign(data + offset, data + offset + length);
  JS_FreeValue(context, buffer);
  return ok;
}

template <typename Item, typename Convert>
bool toList(JSContext* context, JSValueConst from, std::vector<Item>* to, Convert convert) {
  if (!isArray(context, from)) return false;
  int64_t length;
  JSValue value = JS_GetPropertyStr(context, from, "length");
  if (!toInteger(context, value, &length)) return false;
  to->resize(static_cast<size_t>(length));
  for (uint32_t i = 0; i < to->size(); i++) {
    JSValue item = JS_GetPropertyUint32(context, from, i);
    const bool ok = convert(context, item, &(*to)[i]);
    JS_FreeValue(context, item);
    if (!ok) return false;
  }
  return true;
}

JSValue newBytes(JSContext* context, const Bytes& bytes) {
  JSValue buffer = JS_NewArrayBufferCopy(context, bytes.data(), bytes.size());
  if (JS_IsException(buffer)) return buffer;
  // buffer, offset, length: the constructor reads all three, whatever the count says.
  JSValueConst arguments[] = {buffer, JS_UNDEFINED, JS_UNDEFINED};
  JSValue array = JS_NewTypedArray(context, 3, arguments, JS_TYPED_ARRAY_UINT8);
  JS_FreeValue(context, buffer);
  return array;
}

template <typename Items, typename Convert>
JSValue newList(JSContext* context, const Items& items, Convert convert) {
  JSValue array = JS_NewArray(context);
  uint32_t index = 0;
  for (const auto& item : items) JS_SetPropertyUint32(context, array, index++, convert(item));
  return array;
}

JSValue newText(JSContext* context, const std::string& text) { return JS_NewStringLen(context, text.data(), text.size()); }

}  // namespace

bool toValue(JSContext* context, JSValueConst from, const Parameter& parameter, Value* to) {
  if (JS_IsUndefined(from)) return parameter.optional || wrongKind(context, parameter, "given");
  switch (parameter.kind) {
    case Kind::kBoolean:
      if (!JS_IsBool(from)) return wrongKind(context, parameter, "a boolean");
      *to = JS_ToBool(context, from) == 1;
      return true;
    case Kind::kInteger:
    case Kind::kId:
    case Kind::kLong:
      return toIntegerOf(context, from, parameter.kind, &to->emplace<int64_t>()) || wrongKind(context, parameter, "an integer");
    case Kind::kText:
    case Kind::kPath:
      return toText(context, from, &to->emplace<std::string>()) || wrongKind(context, parameter, "a string");
    case Kind::kBytes:
      return toBytes(context, from, &to->emplace<Bytes>()) || wrongKind(context, parameter, "a Uint8Array");
    case Kind::kTextList:
      return toList(context, from, &to->emplace<TextList>(), toText) || wrongKind(context, parameter, "an array of strings");
    case Kind::kIntegerList:
      return toList(context, from, &to->emplace<IntegerList>(), toInteger) || wrongKind(context, parameter, "an array of integers");
  }
  return wrongKind(context, parameter, "of a known kind");
}

JSValue fromValue(JSContext* context, const Value& value) {
  struct Convert {
    JSContext* context;
    JSValue operator()(std::monostate) const { return JS_UNDEFINED; }
    JSValue operator()(Null) const { return JS_NULL; }
    JSValue operator()(bool flag) const { return JS_NewBool(context, flag); }
    JSValue operator()(int64_t number) const { return JS_NewInt64(context, number); }
    JSValue operator()(double number) const { return JS_NewFloat64(context, number); }
    JSValue operator()(const std::string& text) const { return newText(context, text); }
    JSValue operator()(const Bytes& bytes) const { return newBytes(context, bytes); }
    JSValue operator()(const TextList& list) const {
      return newList(context, list, [this](const std::string& text) { return newText(context, text); });
    }
    JSValue operator()(const IntegerList& list) const {
      return newList(context, list, [this](int64_t number) { return JS_NewInt64(context, number); });
    }
    JSValue operator()(const Record& record) const {
      JSValue object = JS_NewObject(context);
      for (const Field& field : record) JS_SetPropertyStr(context, object, field.name, fromValue(context, field.value));
      return object;
    }
  };
  return std::visit(Convert{context}, value);
}

JSValue throwFailure(JSContext* context, const Failure& failure) {
  JSValue error = JS_NewError(context);
  const std::string message = failureMessage(failure.error, failure.call, failure.subject);
  JS_DefinePropertyValueStr(context, error, "message", newText(context, message), JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
  JS_SetPropertyStr(context, error, "code", JS_NewString(context, errnoName(failure.error).name));
  JS_SetPropertyStr(context, error, "errno", JS_NewInt32(context, failure.error));
  JS_SetPropertyStr(context, error, "call", JS_NewString(context, failure.call));
  JS_SetPropertyStr(context, error, "subject", newText(context, failure.subject));
  return JS_Throw(context, error);
}

}  // namespace tsrun
