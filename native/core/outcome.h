// Short words for the results of the door's functions.
#pragma once
#include <cerrno>
#include <string>
#include <utility>

#include "door.h"

namespace tsrun {

inline Outcome done() { return Value{}; }
inline Outcome answer(Value value) { return Outcome{std::move(value)}; }
inline Outcome answer_fd(int fd) { return Value{int64_t{fd}}; }
inline Outcome answer_null() { return Value{Null{}}; }

// What errno says about a call that has just failed.
inline Failure failed(const char* call, const std::string& subject = std::string()) {
  const int error = errno;
  return Failure{error, call, subject};
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
