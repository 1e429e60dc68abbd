#include "values.h"

#include "../core/errno_names.h"
#include "../core/integer_of.h"

namespace tsrun {
namespace {

bool wrongKind(Napi::Env env, const Parameter& parameter, const char* wanted) {
  Napi::TypeError::New(env, std::string("\"") + parameter.name + "\" is not " + wanted).ThrowAsJavaScriptException();
  return false;
}

bool toIntegerOf(const Napi::Value& from, Kind kind, int64_t* to) {
  return from.IsNumber() && integer_of(from.As<Napi::Number>().DoubleValue(), kind, to);
}

bool toInteger(const Napi::Value& from, int64_t* to) { return toIntegerOf(from, Kind::kInteger, to); }

bool toText(const Napi::Value& from, std::string* to) {
  if (!from.IsString()) return false;
  *to = from.As<Napi::String>().Utf8Value();
  return true;
}

bool toBytes(const Napi::Value& from, Bytes* to) {
  if (!from.IsTypedArray() || from.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) return false;
  const Napi::Uint8Array array = from.As<Napi::Uint8Array>();
  to->assign(array.Data(), array.Data() + array.ByteLength());
  return true;
}

template <typename Item, typename Convert>
bool toList(const Napi::Value& from, std::vector<Item>* to, Convert convert) {
  if (!from.IsArray()) return false;
  const Napi::Array array = from.As<Napi::Array>();
  to->resize(array.Length());
  for (uint32_t i = 0; i < to->size(); i++) {
    if (!convert(array.Get(i), &(*to)[i])) return false;
  }
  return true;
}

template <typename Items, typename Convert>
Napi::Value newList(Napi::Env env, const Items& items, Convert convert) {
  Napi::Array array = Napi::Array::New(env, items.size());
  uint32_t index = 0;
  for (const auto& item : items) array.Set(index++, convert(env, item));
  return array;
}

Napi::Value newText(Napi::Env env, const std::string& text) { return Napi::String::New(env, text); }
Napi::Value newNumber(Napi::Env env, int64_t number) { return Napi::Number::New(env, static_cast<double>(number)); }

Napi::Value newBytes(Napi::Env env, const Bytes& bytes) {
  Napi::Uint8Array array = Napi::Uint8Array::New(env, bytes.size());
  // The environment is being torn down.
  if (array.IsEmpty()) return env.Undefined();
  std::copy(bytes.begin(), bytes.end(), array.Data());
  return array;
}

}  // namespace

bool toValue(const Napi::Value& from, const Parameter& parameter, Value* to) {
  const Napi::Env env = from.Env();
  if (from.IsUndefined()) return parameter.optional || wrongKind(env, parameter, "given");
  switch (parameter.kind) {
    case Kind::kBoolean:
      if (!from.IsBoolean()) return wrongKind(env, parameter, "a boolean");
      *to = from.As<Napi::Boolean>().Value();
      return true;
    case Kind::kInteger:
    case Kind::kId:
    case Kind::kLong:
      return toIntegerOf(from, parameter.kind, &to->emplace<int64_t>()) || wrongKind(env, parameter, "an integer");
    case Kind::kText:
    case Kind::kPath:
      return toText(from, &to->emplace<std::string>()) || wrongKind(env, parameter, "a string");
    case Kind::kBytes:
      return toBytes(from, &to->emplace<Bytes>()) || wrongKind(env, parameter, "a Uint8Array");
    case Kind::kTextList:
      return toList(from, &to->emplace<TextList>(), toText) || wrongKind(env, parameter, "an array of strings");
    case Kind::kIntegerList:
      return toList(from, &to->emplace<IntegerList>(), toInteger) || wrongKind(env, parameter, "an array of integers");
  }
  return wrongKind(env, parameter, "of a known kind");
}

Napi::Value fromValue(Napi::Env env, const Value& value) {
  struct Convert {
    Napi::Env env;
    Napi::Value operator()(std::monostate) const { return env.Undefined(); }
    Napi::Value operator()(Null) const { return env.Null(); }
    Napi::Value operator()(bool flag) const { return Napi::Boolean::New(env, flag); }
    Napi::Value operator()(int64_t number) const { return newNumber(env, number); }
    Napi::Value operator()(double number) const { return Napi::Number::New(env, number); }
    Napi::Value operator()(const std::string& text) const { return newText(env, text); }
    Napi::Value operator()(const Bytes& bytes) const { return newBytes(env, bytes); }
    Napi::Value operator()(const TextList& list) const { return newList(env, list, newText); }
    Napi::Value operator()(const IntegerList& list) const { return newList(env, list, newNumber); }
    Napi::Value operator()(const Record& record) const {
      Napi::Object object = Napi::Object::New(env);
      for (const Field& field : record) object.Set(field.name, fromValue(env, field.value));
      return object;
    }
  };
  return std::visit(Convert{env}, value);
}

Napi::Error fromFailure(Napi::Env env, const Failure& failure) {
  Napi::Error error = Napi::Error::New(env, failureMessage(failure.error, failure.call, failure.subject));
  error.Set("code", Napi::String::New(env, errnoName(failure.error).name));
  error.Set("errno", Napi::Number::New(env, failure.error));
  error.Set("call", Napi::String::New(env, failure.call));
  error.Set("subject", Napi::String::New(env, failure.subject));
  return error;
}

}  // namespace tsrun
