// sys, independent of the host: a table of functions over plain values. native/node (Node-API) and native/quickjs (QuickJS) convert their
// engine's values by this table, so each call is written once.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tsrun {

// kInteger is an int, as system calls take it; kId a uid_t or gid_t; kLong any integer that a JavaScript number holds exactly
// (integer_of.h). kPath is a kText without NUL bytes; call() rejects one that has any, so that no path is ever truncated.
enum class Kind : uint8_t { kBoolean, kInteger, kId, kLong, kText, kPath, kBytes, kTextList, kIntegerList };

using Bytes = std::vector<uint8_t>;
using TextList = std::vector<std::string>;
using IntegerList = std::vector<int64_t>;
struct Field;
using Record = std::vector<Field>;
// An argument or a result. std::monostate is an absent argument, or the result undefined. `Null` is JavaScript's null.
struct Null {};
using Value = std::variant<std::monostate, Null, bool, int64_t, double, std::string, Bytes, TextList, IntegerList, Record>;
struct Field {
  const char* name;
  Value value;
};

// A failed call: errno, the system call, and the object of the call.
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

// The arguments in the order of the function's parameters. The binding has checked their kinds.
class Arguments {
 public:
  explicit Arguments(std::vector<Value> values) : values_(std::move(values)) {}
  bool has(size_t i) const { return !std::holds_alternative<std::monostate>(values_[i]); }
  bool boolean(size_t i) const { return std::get<bool>(values_[i]); }
  // Within the range of the parameter's kind, so a cast to int or uid_t loses nothing.
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

// A list in constant memory, so that the table costs nothing at start-up.
template <typename T>
class List {
 public:
  constexpr List() = default;
  template <size_t N>
  constexpr List(const T (&items)[N]) : items_(items), count_(N) {}
  constexpr const T* begin() const { return items_; }
  constexpr const T* end() const { return items_ + count_; }
  constexpr size_t size() const { return count_; }
  constexpr const T& operator[](size_t i) const { return items_[i]; }

 private:
  const T* items_ = nullptr;
  size_t count_ = 0;
};

struct Function {
  const char* name;
  // Runs on a worker thread on Node.js, where it returns a promise.
  bool blocking;
  List<Parameter> parameters;
  // Call it only through tsrun::call().
  Outcome (*body)(const Arguments&);
};

// Everything in src/sys/contract.ts except `exit`, `environment`, `versions` and `whenReadable`, which each host implements itself.
List<Function> functions();

// Calls a function of the table. Fails with EINVAL if a path contains a NUL.
Outcome call(const Function& function, const Arguments& arguments);

}  // namespace tsrun
