#include "child.h"

#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <csignal>
#include <ctime>

#include "../kernel.h"
#include "../outcome.h"
#include "../poison.h"
#include "../process/undumpable.h"
#include "../raw.h"

namespace tsrun {
namespace {

// The largest page size on arm64, so that the guard is at least one whole page everywhere.
constexpr size_t kGuard = 64 << 10;
constexpr size_t kStack = 64 << 10;

// Blocks every signal, including those that the C library reserves (32, 33), which pthread_sigmask(3) would leave out: a handler must never
// run in the child, on our memory.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    const uint64_t all = ~uint64_t{0};
    raw::call(SYS_rt_sigprocmask, kSetMask, raw::address(&all), raw::address(&before_), raw::kSignalSetSize);
  }
  ~AllSignalsBlocked() { raw::call(SYS_rt_sigprocmask, kSetMask, raw::address(&before_), 0, raw::kSignalSetSize); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
  static constexpr long kSetMask = 2;
  uint64_t before_ = 0;
};

// A caller may have left SIGCHLD ignored, which survives execve(2). The kernel would then reap our children itself and discard their status
// (wait(2), "Notes").
bool keep_status_of_children() {
  struct sigaction action = {};
  if (::sigaction(SIGCHLD, nullptr, &action) < 0) return false;
  if (action.sa_handler != SIG_IGN) return true;
  action = {};
  action.sa_handler = SIG_DFL;
  return ::sigaction(SIGCHLD, &action, nullptr) == 0;
}

// Nanoseconds that a brief child takes at most, as a rule.
constexpr int64_t kBrief = 300'000;

int64_t now() {
  timespec time = {};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * int64_t{1'000'000'000} + time.tv_nsec;
}

// Whether the child has ended. With WNOHANG, waitid(2) succeeds without a pid while it runs.
bool wait_for_end(int pidfd, int options) {
  siginfo_t info = {};
  const auto wait = [&] {
    return ::waitid(static_cast<idtype_t>(kernel::kWaitPidfd), static_cast<id_t>(pidfd), &info, WEXITED | __WALL | options);
  };
  if (uninterrupted(wait) == 0) return info.si_pid != 0;
  if (errno == ECHILD) return true;
  // A filter of system calls refuses it, for example. The child uses our memory, so it must have ended in any case.
  pollfd child = {pidfd, POLLIN, 0};
  uninterrupted([&] { return ::poll(&child, 1, -1); });
  return true;
}

}  // namespace

ChildStack::ChildStack() {
  void* memory = ::mmap(nullptr, kGuard + kStack, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) return;
  if (::mprotect(static_cast<char*>(memory) + kGuard, kStack, PROT_READ | PROT_WRITE) < 0) {
    ::munmap(memory, kGuard + kStack);
    return;
  }
  memory_ = memory;
}

ChildStack::~ChildStack() {
  const int kept = errno;
  if (memory_ != nullptr) {
    // The child exits without leaving its functions, so their variables are still marked, and somebody else may get the addresses.
    unpoison(bottom(), kStack);
    ::munmap(memory_, kGuard + kStack);
  }
  errno = kept;
}

void* ChildStack::bottom() const { return static_cast<char*>(memory_) + kGuard; }

size_t ChildStack::size() const { return kStack; }

bool clone_child(const Birth& birth, const ChildStack& stack, int (*body)(void*), void* argument, Child& child) {
  if (!stack.valid()) return errno = ENOMEM, false;
  if (birth.exit_signal == SIGCHLD && !keep_status_of_children()) return false;
  int pidfd = -1;
  kernel::CloneArguments arguments;
  arguments.flags = birth.flags | kernel::kCloneVm | kernel::kClonePidfd | kernel::kCloneClearSighand;
  arguments.pidfd = reinterpret_cast<uint64_t>(&pidfd);
  arguments.exit_signal = static_cast<uint64_t>(birth.exit_signal);
  arguments.stack = reinterpret_cast<uint64_t>(stack.bottom());
  arguments.stack_size = stack.size();
  if (birth.cgroup >= 0) {
    arguments.flags |= kernel::kCloneIntoCgroup;
    arguments.cgroup = static_cast<uint64_t>(birth.cgroup);
  }
  long pid;
  {
    const AllSignalsBlocked blocked;
    pid = raw::clone3(arguments, body, argument);
  }
  if (pid < 0) return errno = static_cast<int>(-pid), false;
  child.pid = static_cast<pid_t>(pid);
  child.pidfd.reset(pidfd);
  return true;
}

void reap_child(int pidfd) {
  const int kept = errno;
  wait_for_end(pidfd, 0);
  errno = kept;
}

void reap_brief_child(int pidfd) {
  const int kept = errno;
  const int64_t end = now() + kBrief;
  while (!wait_for_end(pidfd, WNOHANG)) {
    if (now() > end) return reap_child(pidfd);
    ::sched_yield();
  }
  errno = kept;
}

bool call_in_child(int (*body)(void*), void* argument) {
  const ChildStack stack;
  Birth birth;
  birth.flags = kernel::kCloneVfork | CLONE_FILES;
  Child child;
  const Undumpable undumpable(true);
  if (!clone_child(birth, stack, body, argument, child)) return false;
  reap_child(child.pidfd.get());
  return true;
}

}  // namespace tsrun
