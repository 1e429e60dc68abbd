// Shorthands for the results of sys's functions.
#pragma once
#include <cerrno>
#include <string>
#include <utility>

#include "functions.h"
#include "own.h"

namespace tsrun {

inline Outcome done() { return Value{}; }
inline Outcome answer(Value value) { return Outcome{std::move(value)}; }
inline Outcome answer_null() { return Value{Null{}}; }

// A Failure from the errno of the call that has just failed.
inline Failure failed(const char* call, const std::string& subject = std::string()) {
  const int error = errno;
  return Failure{error, call, subject};
}

// Returns a new descriptor that the caller owns, moved away from the numbers of the standard streams; -1 for none.
inline Outcome answer_fd(int number) {
  if (number < 0) return Value{int64_t{-1}};
  Fd fd(number);
  if (!fd.valid()) return failed("fcntl");
  return Value{hand_out(std::move(fd))};
}

inline Failure failed_on(const char* call, int fd) {
  const int error = errno;
  return Failure{error, call, "fd " + std::to_string(fd)};
}

// Repeats a call that a signal interrupted.
template <typename Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

}  // namespace tsrun
