#include "../steps.h"

namespace tsrun::init::steps {

Result rlimit(State& state, const Operation& o) {
  // struct rlimit64; RLIM64_INFINITY is all ones, as -1 is.
  const uint64_t limits[2] = {static_cast<uint64_t>(o.numbers[1]), static_cast<uint64_t>(o.numbers[2])};
  const long result = sys::call(__NR_prlimit64, 0, o.numbers[0], limits, nullptr);
  return result < 0 ? failed(state, Step::kNone, result, o.texts[0]) : kDone;
}

}  // namespace tsrun::init::steps
