#include "../report.h"
#include "../room.h"
#include "../steps.h"

namespace tsrun::init::steps {
namespace {

// The uid at the other end of a socket, as our user namespace sees it; the overflow uid where it is not mapped.
uint32_t peer_uid(int socket) {
  constexpr int kSocketLevel = 1, kPeerCredentials = 17;
  struct {
    int32_t pid;
    uint32_t uid, gid;
  } peer = {0, ~0U, ~0U};
  uint32_t size = sizeof peer;
  sys::call(__NR_getsockopt, socket, kSocketLevel, kPeerCredentials, &peer, &size);
  return peer.uid;
}

}  // namespace

Result ready(State& state, const Operation& o) {
  const int64_t listener = o.numbers[0];
  release_dead_stack();
  report(state, plan::MessageType::kReady, 0);
  if (listener < 0) {
    await_reply(state);
    return kDone;
  }
  Fd listening(listener);
  // Only now: on the way here the user namespace, and with it what a uid looks like, may have changed.
  const uint32_t creator = peer_uid(state.reports.get());
  state.reports.reset();
  for (;;) {
    Fd connection;
    const long result = connection.take(sys::call(__NR_accept4, listening.get(), nullptr, nullptr, O_CLOEXEC));
    if (result == -EINTR || result == -ECONNABORTED) continue;
    if (result < 0) return failed(state, Step::kSocket, result);
    if (peer_uid(connection.get()) != creator) continue;
    uint32_t reply = 0;
    // A starter that was killed before it said anything may be followed by another one.
    if (!read_fully(connection.get(), &reply, sizeof reply)) continue;
    if (reply != 0) sys::exit(1);
    state.reports = static_cast<Fd&&>(connection);
    // Without this word the end of the stream would not mean that the program runs, but that this process was killed or did not listen.
    report(state, plan::MessageType::kReady, 1);
    return kDone;
  }
}

}  // namespace tsrun::init::steps
