// Clones a container's init.
//
//   tsrun                                        child (our memory, its own stack, only raw system calls)
//   ------------------------------------------   --------------------------------------------------------------
//   block every signal
//   clone3(VM, VFORK, PIDFD, namespaces, cgroup) ──> signals to their defaults
//        .                                       descriptors into their places, all others closed
//        . suspended                             ambient capabilities, in a new user namespace
//        .                                       execveat(sealed tsrun-init), or {call, errno} left behind
//   restore the mask                        <──
//
// The plan is written to the socket before and after this, or meanwhile by the caller's other thread.
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/prctl.h>

#include <csignal>
#include <string>
#include <vector>

#include "../fd.h"
#include "../files/entries.h"
#include "../host/first_thread.h"
#include "../kernel.h"
#include "../outcome.h"
#include "../process/inherited.h"
#include "../process/undumpable.h"
#include "../raw.h"
#include "child.h"
#include "sealed_init.h"
#include "send_plan.h"

namespace tsrun::entries {
namespace {

constexpr int kFirstPreserved = 3;
constexpr int kMaxDescriptors = 4096;

// One of our descriptors and the number that it gets in the child.
struct Placement {
  int source;
  int target;
};

// Input for the child, and where it reports why it failed. It lives in the frame of the parent, which waits.
struct Orders {
  Placement* placements;
  size_t count;
  // The program's descriptors, in ascending order, all below `first_own`. Every other number from 3 on is closed.
  const int* kept;
  size_t kept_count;
  int first_own;
  // The program's number, the highest that is kept. The exec closes it.
  int program;
  bool keep_capabilities;
  const FirstThread* first_thread;
  char* const* arguments;
  char* const* environment;
  const char* failed_call = nullptr;
  int error = 0;
};

int give_up(Orders& orders, const char* call, long result) {
  orders.failed_call = call;
  orders.error = static_cast<int>(-result);
  return 1;
}

// Gaps between the program's descriptors stay gaps: a descriptor of ours has its number there only by coincidence.
long close_all_but_kept(const Orders& orders) {
  int next = kFirstPreserved;
  for (size_t i = 0; i <= orders.kept_count; ++i) {
    const int end = i < orders.kept_count ? orders.kept[i] : orders.first_own;
    const long closed = next < end ? raw::call(kernel::kCloseRange, next, end - 1, 0) : 0;
    if (closed < 0) return closed;
    const long kept = i < orders.kept_count ? raw::call(SYS_fcntl, end, F_SETFD, 0) : 0;
    if (kept < 0) return kept;
    next = end + 1;
  }
  return raw::call(kernel::kCloseRange, orders.program + 1, ~0U, 0);
}

// Sources within the range of targets first move above it, so that none is overwritten before it is used.
int place(Orders& orders) {
  for (size_t i = 0; i < orders.count; ++i) {
    Placement& p = orders.placements[i];
    if (p.source > orders.program || p.source == p.target) continue;
    const long moved = raw::call(SYS_fcntl, p.source, F_DUPFD_CLOEXEC, orders.program + 1);
    if (moved < 0) return give_up(orders, "fcntl", moved);
    p.source = static_cast<int>(moved);
  }
  for (size_t i = 0; i < orders.count; ++i) {
    const Placement& p = orders.placements[i];
    const bool program = p.target == orders.program;
    const long result = p.source == p.target ? raw::call(SYS_fcntl, p.target, F_SETFD, program ? FD_CLOEXEC : 0)
                                             : raw::dup3(p.source, p.target, program ? O_CLOEXEC : 0);
    if (result < 0) return give_up(orders, "dup3", result);
  }
  const long closed = close_all_but_kept(orders);
  return closed < 0 ? give_up(orders, "close_range", closed) : 0;
}

// The first process of a user namespace has every capability there, but its user id is not mapped yet, so execve(2) would drop them all.
// Only ambient capabilities survive it (capabilities(7)). tsrun-init clears them when it becomes root.
int keep_capabilities(Orders& orders) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  long result = raw::call(SYS_capget, raw::address(&header), raw::address(data));
  if (result < 0) return give_up(orders, "capget", result);
  for (auto& word : data) word.inheritable = word.permitted;
  result = raw::call(SYS_capset, raw::address(&header), raw::address(data));
  if (result < 0) return give_up(orders, "capset", result);
  for (int capability = 0; capability < 64; ++capability) {
    if ((data[capability / 32].permitted & (1U << (capability % 32))) == 0) continue;
    result = raw::call(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability);
    if (result < 0) return give_up(orders, "prctl", result);
  }
  return 0;
}

int child_main(void* argument) {
  Orders& orders = *static_cast<Orders*>(argument);
  raw::default_signals();
  orders.first_thread->give_to_child();
  if (place(orders) != 0) return 1;
  if (orders.keep_capabilities && keep_capabilities(orders) != 0) return 1;
  raw::empty_signal_mask();
  const char empty[] = "";
  return give_up(orders, "execveat",
                 raw::call(SYS_execveat, orders.program, raw::address(empty), raw::address(orders.arguments),
                           raw::address(orders.environment), AT_EMPTY_PATH));
}

std::vector<Placement> placements_for(const IntegerList& stdio, const IntegerList& fds, int preserve, int socket, int init) {
  std::vector<Placement> placements;
  placements.reserve(stdio.size() + fds.size() + 2);
  for (size_t i = 0; i < stdio.size(); ++i) placements.push_back({static_cast<int>(stdio[i]), static_cast<int>(i)});
  int target = kFirstPreserved + preserve;
  placements.push_back({socket, target++});
  for (const int64_t fd : fds) placements.push_back({static_cast<int>(fd), target++});
  placements.push_back({init, target});
  return placements;
}

// What is placed among the numbers to preserve, and beyond that the caller's descriptors.
std::vector<int> kept_of(int preserve, int placed) {
  std::vector<int> kept;
  for (int fd = kFirstPreserved; fd < kFirstPreserved + preserve; ++fd) {
    if (fd < placed || came_with_exec(fd)) kept.push_back(fd);
  }
  return kept;
}

// If `plan` is null, somebody else sends it.
Outcome clone_init(const Arguments& a, const Bytes* plan) {
  const auto flags = static_cast<uint64_t>(a.integer(0));
  const int cgroup = a.fd(1);
  const IntegerList& sockets = a.integers(2);
  const IntegerList& fds = a.integers(3);
  const IntegerList& stdio = a.integers(4);
  const int64_t preserve = a.integer(5);
  if (sockets.size() != 2) return Failure{EINVAL, "spawn", "tsrun-init"};
  const int ours = static_cast<int>(sockets[0]);
  // Closed on every path: otherwise, if no process is created, the writer of the plan would wait for a reader.
  Fd theirs(static_cast<int>(sockets[1]));
  disown(theirs.get());
  if (preserve < 0 || preserve > kMaxDescriptors || fds.size() > kMaxDescriptors) return Failure{EINVAL, "spawn", "tsrun-init"};
  if (stdio.size() < kFirstPreserved || stdio.size() > static_cast<size_t>(kFirstPreserved + preserve)) {
    return Failure{EINVAL, "spawn", "tsrun-init"};
  }

  Outcome init = sealed_init();
  if (std::holds_alternative<Failure>(init)) return init;
  std::vector<Placement> placements =
      placements_for(stdio, fds, static_cast<int>(preserve), theirs.get(), static_cast<int>(std::get<int64_t>(std::get<Value>(init))));
  const std::vector<int> kept = kept_of(static_cast<int>(preserve), static_cast<int>(stdio.size()));
  std::string name = "tsrun-init";
  std::string socket_number = std::to_string(kFirstPreserved + preserve);
  char* const arguments[] = {name.data(), socket_number.data(), nullptr};
  char* const environment[] = {nullptr};
  Orders orders = {};
  orders.placements = placements.data();
  orders.count = placements.size();
  orders.kept = kept.data();
  orders.kept_count = kept.size();
  orders.first_own = kFirstPreserved + static_cast<int>(preserve);
  orders.program = placements.back().target;
  orders.keep_capabilities = (flags & kernel::kCloneNewUser) != 0;
  const FirstThread first_thread;
  orders.first_thread = &first_thread;
  orders.arguments = arguments;
  orders.environment = environment;

  // Sent early, so that the child need not wait until we run again. What does not fit into the socket is sent later.
  const size_t sent = plan == nullptr ? 0 : send_at_once(ours, plan->data(), plan->size());
  const ChildStack stack;
  Birth birth;
  birth.flags = flags | kernel::kCloneVfork;
  birth.cgroup = cgroup;
  birth.exit_signal = SIGCHLD;
  Child child;
  const Undumpable undumpable((flags & kernel::kCloneNewUser) != 0);
  if (!clone_child(birth, stack, child_main, &orders, child)) return failed("clone3", "tsrun-init");
  if (orders.failed_call != nullptr) {
    reap_child(child.pidfd.get());
    return Failure{orders.error, orders.failed_call, "tsrun-init"};
  }
  theirs.reset();
  // If this fails, tsrun-init is gone; its last message, which receive() returns, says why.
  if (plan != nullptr) send_all(ours, plan->data() + sent, plan->size() - sent);
  return answer(Record{{"pid", int64_t{child.pid}}, {"pidfd", hand_out(std::move(child.pidfd))}});
}

}  // namespace

Outcome spawn(const Arguments& a) { return clone_init(a, nullptr); }

Outcome spawn_here(const Arguments& a) { return clone_init(a, &a.bytes(6)); }

}  // namespace tsrun::entries
