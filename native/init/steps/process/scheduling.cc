#include "../../steps.h"

namespace tsrun::init::steps {

Result scheduler(State& state, const operations::Scheduler& o) {
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
  attributes.policy = o.policy();
  attributes.nice = o.nice();
  attributes.priority = o.priority();
  attributes.flags = o.sched_flags();
  attributes.runtime = o.runtime();
  attributes.deadline = o.deadline();
  attributes.period = o.period();
  const long result = sys::call(__NR_sched_setattr, 0, &attributes, 0);
  return result < 0 ? failed(state, Step::kNone, result) : kDone;
}

Result io_priority(State& state, const operations::IoPriority& o) {
  constexpr int kProcess = 1;  // IOPRIO_WHO_PROCESS
  const long result = sys::call(__NR_ioprio_set, kProcess, 0, o.value());
  return result < 0 ? failed(state, Step::kNone, result) : kDone;
}

Result cpu_affinity(State& state, const operations::CpuAffinity& o) {
  const Text& mask = o.mask();
  if (mask.empty()) {
    // More than any kernel is built for (NR_CPUS). The kernel ignores processors that do not exist or that the cpuset does not allow.
    constexpr size_t kMostProcessors = 8192;
    uint64_t every[kMostProcessors / 64];
    memset(every, 0xff, sizeof every);
    sys::call(__NR_sched_setaffinity, 0, sizeof every, every);
    // If a seccomp filter around tsrun rejects this, the container runs without it.
    return kDone;
  }
  const long result = sys::call(__NR_sched_setaffinity, 0, mask.size, mask.data);
  return result < 0 ? failed(state, Step::kNone, result) : kDone;
}

Result memory_policy(State& state, const operations::MemoryPolicy& o) {
  const Text& mask = o.node_mask();
  const long result = sys::call(__NR_set_mempolicy, o.mode(), mask.empty() ? nullptr : mask.data, o.max_node());
  return result < 0 ? failed(state, Step::kNone, result) : kDone;
}

}  // namespace tsrun::init::steps
