#include <linux/close_range.h>

#include "../../base/message.h"
#include "../../carry_out.h"
#include "../../report.h"
#include "../../steps.h"

namespace tsrun::init::steps {
namespace {

constexpr int kStreams = 3;
// SCM_MAX_FD of the kernel: the maximum for one message.
constexpr size_t kMostHanded = 253;

// struct cmsghdr of SCM_RIGHTS with its descriptors.
struct Handed {
  size_t size;
  int level, type;
  int fds[kMostHanded];
  size_t count() const { return (size - offsetof(Handed, fds)) / sizeof fds[0]; }
};

// Receives one byte with descriptors: first those that become 0, 1 and 2, then those that the next plan refers to by number, counted from
// the socket's number on. Returns false at the end of the stream.
bool receive_handed(int socket, Handed& handed, unsigned& flags) {
  constexpr int kCloseOnExec = 0x40000000;
  char byte;
  Part part = {&byte, sizeof byte};
  MessageHeader message = {nullptr, 0, &part, 1, &handed, sizeof handed, 0};
  const long count = sys::uninterrupted([&] { return sys::call(__NR_recvmsg, socket, &message, kCloseOnExec); });
  flags = message.flags;
  return count > 0;
}

// All of them are above the placeholders, so none is overwritten before it has moved.
long place(const Handed& handed, int first_own) {
  for (size_t i = 0; i < handed.count(); ++i) {
    const int number = static_cast<int>(i);
    const bool stream = number < kStreams;
    const long result = sys::call(__NR_dup3, handed.fds[i], stream ? number : first_own + number - kStreams, stream ? 0 : O_CLOEXEC);
    if (result < 0) return result;
    sys::close(handed.fds[i]);
  }
  return 0;
}

bool fits(const Handed& handed, unsigned flags, int64_t reserved) {
  constexpr unsigned kControlTruncated = 8;
  if ((flags & kControlTruncated) != 0 || handed.level != kSocketLevel || handed.type != kRights) return false;
  return handed.count() >= kStreams && static_cast<int64_t>(handed.count()) <= kStreams + reserved;
}

}  // namespace

Result next_plan(State& state, const operations::NextPlan& o) {
  const int64_t reserved = o.reserved();
  const int socket = state.reports.get();
  // Include the rootfs if the root was switched, so that tsrun can check what the mounts are on.
  if (state.rootfs.valid()) {
    report_with(state, plan::MessageType::kReady, state.rootfs.get());
  } else {
    report(state, plan::MessageType::kReady, 0);
  }
  Handed handed = {};
  unsigned flags = 0;
  // Nobody is left to report to.
  if (!receive_handed(socket, handed, flags)) sys::exit(0);
  if (!fits(handed, flags, reserved)) return failed(state, Step::kPlan, -EBADMSG, text_of("descriptors"));
  const int first_own = socket + 1;
  const long result = place(handed, first_own);
  if (result < 0) return failed(state, Step::kPlan, result, text_of("descriptors"));
  // Close the remaining placeholders. Before 5.9, the execve(2) of the user's program closes them.
  const int64_t first_left = first_own + static_cast<int64_t>(handed.count()) - kStreams;
  const int64_t last_left = first_own + reserved - 1;
  if (first_left <= last_left) sys::call(__NR_close_range, first_left, last_left, 0);
  carry_out_plan(state);
}

}  // namespace tsrun::init::steps
