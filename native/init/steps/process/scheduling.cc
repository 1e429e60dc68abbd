#include "../../steps.h"

namespace tsrun::init::steps {

Result scheduler(State& state, const Operation& o) {
  // struct sched_attr of linux/sched/types.h, SCHED_ATTR_SIZE_VER0.
  struct {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
  } attributes = {};
  static_assert(sizeof attributes == 48);
  attributes.size = sizeof attributes;
  attributes.policy = static_cast<uint32_t>(o.numbers[0]);
  attributes.nice = static_cast<int32_t>(o.numbers[1]);
  attributes.priority = static_cast<uint32_t>(o.numbers[2]);
  attributes.flags = static_cast<uint64_t>(o.numbers[3]);
  attributes.runtime = static_cast<uint64_t>(o.numbers[4]);
  attributes.deadline = static_cast<uint64_t>(o.numbers[5]);
  attributes.period = static_cast<uint64_t>(o.numbers[6]);
  const long result = sys::call(__NR_sched_setattr, 0, &attributes, 0);
  return result < 0 ? failed(state, Step::kNone, result) : kDone;
}

Result io_priority(State& state, const Operation& o) {
  constexpr int kProcess = 1;  // IOPRIO_WHO_PROCESS
  const long result = sys::call(__NR_ioprio_set, kProcess, 0, o.numbers[0]);
  return result < 0 ? failed(state, Step::kNone, result) : kDone;
}

Result cpu_affinity(State& state, const Operation& o) {
  const Text& mask = o.texts[0];
  if (mask.empty()) {
    // More than any kernel is built for (NR_CPUS); those that there are not, and those that the cpuset does not allow, it leaves out by itself.
    constexpr size_t kMostProcessors = 8192;
    uint64_t every[kMostProcessors / 64];
    memset(every, 0xff, sizeof every);
    sys::call(__NR_sched_setaffinity, 0, sizeof every, every);
    // A seccomp filter around tsrun that refuses this keeps nobody from running.
    return kDone;
  }
  const long result = sys::call(__NR_sched_setaffinity, 0, mask.size, mask.data);
  return result < 0 ? failed(state, Step::kNone, result) : kDone;
}

Result memory_policy(State& state, const Operation& o) {
  const Text& mask = o.texts[0];
  const long result = sys::call(__NR_set_mempolicy, o.numbers[0], mask.empty() ? nullptr : mask.data, o.numbers[1]);
  return result < 0 ? failed(state, Step::kNone, result) : kDone;
}

}  // namespace tsrun::init::steps
