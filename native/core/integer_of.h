// The one way by which a number of JavaScript becomes an integer of C++, on both hosts.
#pragma once
#include <cmath>
#include <cstdint>
#include <limits>

#include "functions.h"

namespace tsrun {

// False where the number is no integer, or not one that the kind holds: what is cut to an int further on (a descriptor, a signal, a time) would be another one.
inline bool integer_of(double number, Kind kind, int64_t* to) {
  // Beyond 2^53 a number no longer says which integer was meant.
  constexpr double kMaxSafe = 9007199254740991.0;
  constexpr double kMaxInt = std::numeric_limits<int>::max();
  constexpr double kMaxId = std::numeric_limits<uint32_t>::max();
  const double most = kind == Kind::kLong ? kMaxSafe : kind == Kind::kId ? kMaxId : kMaxInt;
  const double least = kind == Kind::kLong ? -kMaxSafe : kind == Kind::kId ? 0 : -kMaxInt - 1;
  // Written so that NaN is refused, too.
  if (!(number >= least && number <= most) || std::trunc(number) != number) return false;
  *to = static_cast<int64_t>(number);
  return true;
}

}  // namespace tsrun
