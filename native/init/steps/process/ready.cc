#include "../../base/arena.h"
#include "../../report.h"
#include "../../steps.h"

namespace tsrun::init::steps {
namespace {

// The uid of the peer of a socket, as our user namespace sees it; the overflow uid if it is not mapped.
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

// In a pid namespace the kernel does not deliver signals without a handler to process 1 (pid_namespaces(7)), but a request to end the
// container must work before its program runs, too. execve(2) restores the defaults.
[[noreturn]] void end(int signal) {
  constexpr int kBySignal = 128;
  sys::exit(kBySignal + signal);
}

void obey_requests_to_end() {
  constexpr int kRequests[] = {1, 2, 3, 15};  // SIGHUP, SIGINT, SIGQUIT, SIGTERM
  constexpr unsigned long kRestorer = 0x04000000;
  constexpr size_t kMaskSize = 8;
  for (const int signal : kRequests) {
    // x86-64 does not start a handler without a restorer; this handler never returns to it.
    struct {
      void (*handler)(int);
      unsigned long flags;
      void (*restorer)();
      uint64_t mask;
    } action = {end, kRestorer, nullptr, 0};
    sys::call(__NR_rt_sigaction, signal, &action, nullptr, kMaskSize);
  }
}

}  // namespace

Result ready(State& state, const operations::Ready& o) {
  const int64_t listener = o.listener();
  release_dead_stack();
  // Close it, so that nothing in a created container leads to mounts that are finished.
  state.mask_file.reset();
  state.mask_directory.reset();
  // Keep the work after this report minimal: until it is sent, being killed means that the container was never created.
  if (listener >= 0) {
    obey_requests_to_end();
    // Again: now the kernel takes this process for the one that listens, not tsrun (SO_PEERPIDFD; see native/core/spawn/in_passing.h).
    constexpr int kBacklog = 4;
    sys::call(__NR_listen, listener, kBacklog);
  }
  report(state, plan::MessageType::kReady, 0);
  if (listener < 0) {
    await_reply(state);
    return kDone;
  }
  Fd listening(listener);
  // Checked only now, because the user namespace, and with it the meaning of a uid, may have changed before.
  const uint32_t creator = peer_uid(state.reports.get());
  state.reports.reset();
  for (;;) {
    Fd connection;
    const long result = connection.take(sys::call(__NR_accept4, listening.get(), nullptr, nullptr, O_CLOEXEC));
    if (result == -EINTR || result == -ECONNABORTED) continue;
    if (result < 0) return failed(state, Step::kSocket, result);
    if (peer_uid(connection.get()) != creator) continue;
    uint32_t reply = 0;
    // If a starter was killed before it said anything, another one may follow.
    if (!read_fully(connection.get(), &reply, sizeof reply)) continue;
    if (reply != 0) sys::exit(1);
    state.reports = static_cast<Fd&&>(connection);
    // Without this message, the end of the stream would not prove that the program runs: this process could have been killed, or not have
    // listened. The value 2 says that kGoing will follow; earlier releases sent 1.
    report(state, plan::MessageType::kReady, 2);
    return kDone;
  }
}

}  // namespace tsrun::init::steps
