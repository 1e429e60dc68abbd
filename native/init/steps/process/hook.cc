#include <linux/close_range.h>

#include "../../base/child.h"
#include "../../base/poll.h"
#include "../../base/vectors.h"
#include "../../steps.h"

namespace tsrun::init::steps {
namespace {

constexpr int kKill = 9;
// How much of a failing hook's output is reported, from its end.
constexpr uint32_t kQuoted = 400;

// Input for the child, and where it reports why it could not execute the hook.
struct Orders {
  const char* path;
  const Vectors* vectors;
  int input, output;
  int error = 0;
};

int execute_hook(void* argument) {
  Orders& orders = *static_cast<Orders*>(argument);
  long result = sys::call(__NR_dup3, orders.input, 0, 0);
  if (result >= 0) result = sys::call(__NR_dup3, orders.output, 1, 0);
  if (result >= 0) result = sys::call(__NR_dup3, orders.output, 2, 0);
  // The preserved descriptors are for the program, not for hooks. This table is a copy.
  if (result >= 0 && sys::call(__NR_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) < 0) result = sys::call(__NR_close_range, 3, ~0U, 0);
  if (result >= 0) result = sys::call(__NR_execve, orders.path, orders.vectors->arguments, orders.vectors->environment);
  orders.error = static_cast<int>(-result);
  return 127;
}

// Writes the container's state with our process id in place of \x01.
long write_state(const Text& json, Fd& input) {
  long result = input.take(sys::call(__NR_memfd_create, "state", 1 /* MFD_CLOEXEC */));
  const auto write = [&](const Text& text) {
    if (result >= 0 && !text.empty()) result = sys::write(input.get(), text.data, text.size);
  };
  Chars<24> pid;
  pid.add_number(sys::call(__NR_getpid));
  for (uint32_t start = 0; start <= json.size;) {
    const uint32_t end = find(json, '\x01', start);
    write(Text{json.data + start, end - start});
    if (end < json.size) write(pid.text());
    start = end + 1;
  }
  constexpr int kFromStart = 0;
  if (result >= 0) result = sys::call(__NR_lseek, input.get(), 0, kFromStart);
  return result;
}

// Keeps the last bytes that came through a pipe.
class Tail {
 public:
  // Returns false at the end, or if there is nothing to read now.
  bool take(int pipe) {
    char some[1024];
    const long count = sys::read(pipe, some, sizeof some);
    for (long i = 0; i < count; ++i) ring_[total_++ % kQuoted] = some[i];
    return count > 0;
  }
  void quote(State& state) const {
    state.about.clear();
    const uint64_t first = total_ < kQuoted ? 0 : total_ - kQuoted;
    for (uint64_t i = first; i < total_; ++i) state.about.add(Text{&ring_[i % kQuoted], 1});
  }

 private:
  char ring_[kQuoted] = {};
  uint64_t total_ = 0;
};

int64_t milliseconds() {
  constexpr int kMonotonic = 1;
  int64_t time[2] = {};
  sys::call(__NR_clock_gettime, kMonotonic, time);
  return time[0] * 1000 + time[1] / 1000000;
}

// Reads until the hook ends. A daemon that it left behind may keep the pipe open and continue to write. Returns -ETIME at the timeout.
long wait_for_end(int pidfd, int pipe, int64_t timeout, Tail& tail) {
  constexpr short kReadable = 1;
  constexpr int kPipePages = 64;
  const int64_t deadline = timeout > 0 ? milliseconds() + timeout : 0;
  Poll polls[2] = {{pidfd, kReadable, 0}, {pipe, kReadable, 0}};
  for (;;) {
    const int64_t left = timeout > 0 ? deadline - milliseconds() : 0;
    if (timeout > 0 && left <= 0) return -ETIME;
    const int64_t time[2] = {left / 1000, left % 1000 * 1000000};
    const long count = sys::uninterrupted([&] { return sys::call(__NR_ppoll, polls, 2, timeout > 0 ? time : nullptr, nullptr, 0); });
    // The hooks of a started container run under its seccomp filter, and so does this call.
    if (count < 0) return count;
    if (count == 0) continue;
    if (polls[1].revents != 0 && !tail.take(pipe)) polls[1].fd = -1;
    if (polls[0].revents == 0) continue;
    // Read at most what a pipe holds.
    for (int i = 0; i < kPipePages && tail.take(pipe); ++i) {
    }
    return 0;
  }
}

// Reaps exactly this child, since process 1 may have inherited others. The status has the format of wait(2).
int reap(int pidfd) {
  constexpr int kPidfd = 3, kExited = 4, kByExit = 1;
  struct {
    int signal, error, code, padding, pid;
    uint32_t uid;
    int status;
    char rest[100];
  } info = {};
  static_assert(sizeof info == 128);
  sys::uninterrupted([&] { return sys::call(__NR_waitid, kPidfd, pidfd, &info, kExited, nullptr); });
  return info.code == kByExit ? (info.status & 0xff) << 8 : info.status & 0x7f;
}

Result run_hook(State& state, const operations::Hook& o, const Vectors& vectors) {
  const int64_t timeout = o.timeout();
  const Text& path = o.path();
  Fd input;
  int ends[2] = {-1, -1};
  long result = write_state(o.state(), input);
  if (result >= 0) result = sys::call(__NR_pipe2, ends, O_CLOEXEC);
  Fd output(ends[0]);
  Fd theirs(ends[1]);
  constexpr int kSetStatusFlags = 4;
  if (result >= 0) result = sys::call(__NR_fcntl, output.get(), kSetStatusFlags, O_NONBLOCK);
  if (result < 0) return failed(state, Step::kSpawn, result, path);

  Orders orders = {path.data, &vectors, input.get(), theirs.get()};
  int number = -1;
  const long pid = clone_sharing_memory(execute_hook, &orders, number);
  if (pid < 0) return failed(state, Step::kSpawn, pid, path);
  const Fd pidfd(number);
  theirs.reset();
  Tail tail;
  const long waited = wait_for_end(pidfd.get(), output.get(), timeout, tail);
  const bool ended = waited == 0;
  if (!ended) sys::call(__NR_pidfd_send_signal, pidfd.get(), kKill, nullptr, 0);
  const int status = reap(pidfd.get());
  if (orders.error != 0) return failed(state, Step::kSpawn, -orders.error, path);
  if (ended && status == 0) return kDone;
  if (!ended && waited != -ETIME) return failed(state, Step::kSpawn, waited, path);
  state.failure_value = status;
  tail.quote(state);
  return {ended ? Step::kStatus : Step::kTimeout, 0};
}

}  // namespace

Result hook(State& state, const operations::Hook& o) {
  const bool needs_home = o.home();
  Vectors vectors;
  const long made = make_vectors(o.args(), o.environment(), needs_home ? state.home.text() : Text{}, vectors);
  if (made < 0) return failed(state, Step::kSpawn, made, o.path());
  const Result result = run_hook(state, o, vectors);
  free_vectors(vectors);
  if (result.failed()) state.failure = plan::MessageType::kHookFailed;
  return result;
}

}  // namespace tsrun::init::steps
