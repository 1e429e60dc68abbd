#include <linux/filter.h>
#include <linux/seccomp.h>

#include "../../filter.h"
#include "../../report.h"
#include "../../steps.h"

namespace tsrun::init::steps {

Result seccomp(State& state, const operations::Seccomp& o) {
  const bool listener = o.listener();
  const Text& filter = o.filter();
  struct sock_fprog program = {};
  program.len = static_cast<unsigned short>(filter.size / sizeof(struct sock_filter));
  // The kernel copies bytes, so alignment does not matter.
  program.filter = reinterpret_cast<struct sock_filter*>(const_cast<char*>(filter.data));
  if (filter.size / sizeof(struct sock_filter) > BPF_MAXINSNS) return failed(state, Step::kNone, -E2BIG);
  const auto flags = o.filter_flags() | (listener ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0);
  // Report now if the filter will not allow the write later.
  if (!allows_write(filter, state.reports.get(), plan::kMessageSize)) report_going(state);
  const long result = sys::call(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
  if (result < 0) return failed(state, Step::kNone, result);
  if (!listener) return kDone;
  const Fd notifications(result);
  // From here on, a call that the filter hands to the agent waits until tsrun has fetched the descriptor, so only write(2) and read(2) are
  // used.
  report(state, plan::MessageType::kSync, static_cast<int64_t>(plan::SyncPoint::kSeccompListener), {Step::kNone, notifications.get()});
  await_reply(state);
  return kDone;
}

}  // namespace tsrun::init::steps
