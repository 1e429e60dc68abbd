// The door, host-independent: a table of functions over plain values. native/addon (Node-API) and native/host (QuickJS) convert
// their engine's values by the same table, so that each call is written once.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tsrun {

enum class Kind : uint8_t { kBoolean, kInteger, kText, kBytes, kTextList, kIntegerList };

using Bytes = std::vector<uint8_t>;
using TextList = std::vector<std::string>;
using IntegerList = std::vector<int64_t>;
struct Field;
using Record = std::vector<Field>;
// An argument or a result. std::monostate: an argument that is absent; as a result: undefined. `Null` is JavaScript's null.
struct Null {};
using Value = std::variant<std::monostate, Null, bool, int64_t, double, std::string, Bytes, TextList, IntegerList, Record>;
struct Field {
  const char* name;
  Value value;
};

// A failed call: errno, the system call, and what it was called on.
struct Failure {
  int error;
  const char* call;
  std::string subject;
};

using Outcome = std::variant<Value, Failure>;

struct Parameter {
  const char* name;
  Kind kind;
  bool optional;
};

// The arguments, in the order of the function's parameters; the binding has checked their kinds.
class Arguments {
 public:
  explicit Arguments(std::vector<Value> values) : values_(std::move(values)) {}
  bool has(size_t i) const { return !std::holds_alternative<std::monostate>(values_[i]); }
  bool boolean(size_t i) const { return std::get<bool>(values_[i]); }
  int64_t integer(size_t i) const { return std::get<int64_t>(values_[i]); }
  int64_t integer(size_t i, int64_t absent) const { return has(i) ? integer(i) : absent; }
  int fd(size_t i) const { return static_cast<int>(integer(i, -1)); }
  const std::string& text(size_t i) const { return std::get<std::string>(values_[i]); }
  const Bytes& bytes(size_t i) const { return std::get<Bytes>(values_[i]); }
  const TextList& texts(size_t i) const { return std::get<TextList>(values_[i]); }
  const IntegerList& integers(size_t i) const { return std::get<IntegerList>(values_[i]); }

 private:
  std::vector<Value> values_;
};

struct Function {
  const char* name;
  // Runs on a worker thread on Node.js and answers a promise there.
  bool blocking;
  std::vector<Parameter> parameters;
  Outcome (*call)(const Arguments&);
};

// Everything in src/native/contract.ts but `exit`, `environment`, `versions` and `whenReadable`, which each host gives in its own way.
const std::vector<Function>& door();

}  // namespace tsrun
