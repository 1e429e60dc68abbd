#include "../report.h"
#include "../steps.h"

namespace tsrun::init::steps {
namespace {

bool is_creator(const State& state, int connection) {
  constexpr int kSocketLevel = 1, kPeerCredentials = 17;
  struct {
    int32_t pid;
    uint32_t uid, gid;
  } peer = {};
  uint32_t size = sizeof peer;
  if (sys::call(__NR_getsockopt, connection, kSocketLevel, kPeerCredentials, &peer, &size) < 0) return false;
  return peer.uid == state.creator;
}

}  // namespace

Result ready(State& state, const Operation& o) {
  const int64_t listener = o.numbers[0];
  report(state, plan::MessageType::kReady, 0);
  if (listener < 0) {
    await_reply(state);
    return kDone;
  }
  Fd listening(listener);
  state.reports.reset();
  for (;;) {
    Fd connection;
    const long result = connection.take(sys::call(__NR_accept4, listening.get(), nullptr, nullptr, O_CLOEXEC));
    if (result == -EINTR || result == -ECONNABORTED) continue;
    if (result < 0) return failed(state, Step::kSocket, result);
    if (!is_creator(state, connection.get())) continue;
    uint32_t reply = 0;
    // A starter that was killed before it said anything may be followed by another one.
    if (!read_fully(connection.get(), &reply, sizeof reply)) continue;
    if (reply != 0) sys::exit(1);
    state.reports = static_cast<Fd&&>(connection);
    return kDone;
  }
}

}  // namespace tsrun::init::steps
