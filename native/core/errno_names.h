// Names and messages of errno values.
#pragma once
#include <string>

namespace tsrun {

struct ErrnoName {
  int value;
  const char* name;
  // As in Go's syscall package, which container engines compare with: the C library's text with a lower-case first word.
  const char* text;
};

// Returns {value, "EUNKNOWN", "unknown error"} for an errno that Linux does not have.
ErrnoName errnoName(int value);

// `mount "proc": operation not permitted (EPERM)`
std::string failureMessage(int error, const char* call, const std::string& subject);

}  // namespace tsrun
