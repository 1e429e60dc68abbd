// Converts JavaScript numbers to C++ integers, for both hosts.
#pragma once
#include <cmath>
#include <cstdint>
#include <limits>

#include "functions.h"

namespace tsrun {

// Returns false if the number is not an integer or not within the kind's range: truncated to an int later (a descriptor, a signal, a time),
// it would be a different number.
inline bool integer_of(double number, Kind kind, int64_t* to) {
  // Above 2^53 a double no longer identifies one integer.
  constexpr double kMaxSafe = 9007199254740991.0;
  constexpr double kMaxInt = std::numeric_limits<int>::max();
  constexpr double kMaxId = std::numeric_limits<uint32_t>::max();
  const double most = kind == Kind::kLong ? kMaxSafe : kind == Kind::kId ? kMaxId : kMaxInt;
  const double least = kind == Kind::kLong ? -kMaxSafe : kind == Kind::kId ? 0 : -kMaxInt - 1;
  // Written so that it rejects NaN, too.
  if (!(number >= least && number <= most) || std::trunc(number) != number) return false;
  *to = static_cast<int64_t>(number);
  return true;
}

}  // namespace tsrun
