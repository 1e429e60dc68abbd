#include "../../steps.h"

namespace tsrun::init::steps {

Result rlimit(State& state, const operations::Rlimit& o) {
  // struct rlimit64; RLIM64_INFINITY is all ones, as is -1.
  uint64_t limits[2] = {o.soft(), o.hard()};
  const bool only_raise = o.raise();
  long result = 0;
  if (only_raise) {
    const uint64_t hard = limits[1];
    result = sys::call(__NR_prlimit64, 0, o.resource(), nullptr, limits);
    if (result == 0 && limits[1] >= hard) return kDone;
    limits[1] = hard;
  }
  if (result == 0) result = sys::call(__NR_prlimit64, 0, o.resource(), limits, nullptr);
  return result < 0 ? failed(state, Step::kNone, result, o.name()) : kDone;
}

}  // namespace tsrun::init::steps
