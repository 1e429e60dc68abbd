#include "../../steps.h"

namespace tsrun::init::steps {

Result rlimit(State& state, const Operation& o) {
  // struct rlimit64; RLIM64_INFINITY is all ones, as -1 is.
  uint64_t limits[2] = {static_cast<uint64_t>(o.numbers[1]), static_cast<uint64_t>(o.numbers[2])};
  const bool only_raise = o.numbers[3] != 0;
  long result = 0;
  if (only_raise) {
    const uint64_t hard = limits[1];
    result = sys::call(__NR_prlimit64, 0, o.numbers[0], nullptr, limits);
    if (result == 0 && limits[1] >= hard) return kDone;
    limits[1] = hard;
  }
  if (result == 0) result = sys::call(__NR_prlimit64, 0, o.numbers[0], limits, nullptr);
  return result < 0 ? failed(state, Step::kNone, result, o.texts[0]) : kDone;
}

}  // namespace tsrun::init::steps
