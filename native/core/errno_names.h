// The names and the words of errno values.
#pragma once
#include <string>

namespace tsrun {

struct ErrnoName {
  int value;
  const char* name;
  // As Go's syscall package writes it, which container engines compare: the C library's text with its first word in lower case.
  const char* text;
};

// What is known of an errno; {value, "EUNKNOWN", "unknown error"} for one that Linux does not have.
ErrnoName errnoName(int value);

// `mount "proc": operation not permitted (EPERM)`
std::string failureMessage(int error, const char* call, const std::string& subject);

}  // namespace tsrun
