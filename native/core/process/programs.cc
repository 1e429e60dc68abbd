// Runs programs on the host: hooks, seccomp agents, newuidmap.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

#include <csignal>
#include <cstdlib>
#include <vector>

#include "../fd.h"
#include "../files/entries.h"
#include "../kernel.h"
#include "../outcome.h"
#include "../raw.h"
#include "../spawn/child.h"

namespace tsrun::entries {
namespace {

struct Orders {
  const char* path;
  const char* directory;
  char* const* arguments;
  char* const* environment;
  int stdio[3];
  // What the program gets as 3, 4 and so on.
  int* fds;
  int count;
  // Mounts for the program alone: source, target, type, options and flags of each; a bind of the whole tree if the type is empty; the
  // number of a detached mount if the type is "detached".
  const TextList* mounts = nullptr;
  // The network namespace that it gets; -1: that of tsrun.
  int network = -1;
  bool group = false;
  const char* failed_call = nullptr;
  const char* mounted = "/";
  int error = 0;
};

int give_up(Orders& orders, const char* call, long result) {
  orders.failed_call = call;
  orders.error = static_cast<int>(-result);
  return 1;
}

unsigned long flags_of(const std::string& words) {
  unsigned long flags = 0;
  if (words.find("nosuid") != std::string::npos) flags |= MS_NOSUID;
  if (words.find("nodev") != std::string::npos) flags |= MS_NODEV;
  if (words.find("noexec") != std::string::npos) flags |= MS_NOEXEC;
  return flags;
}

// In a mount namespace of its own, which ends with the program: nothing is left if we are killed. Mounts of the host still reach it.
bool make_mounts(Orders& orders) {
  const TextList& mounts = *orders.mounts;
  long result = raw::call(SYS_unshare, CLONE_NEWNS);
  if (result < 0) {
    give_up(orders, "unshare", result);
    return false;
  }
  result = raw::call(SYS_mount, 0, raw::address("/"), 0, MS_REC | MS_SLAVE, 0);
  for (size_t i = 0; result == 0 && i + 4 < mounts.size(); i += 5) {
    const bool bind = mounts[i + 2].empty();
    orders.mounted = mounts[i + 1].c_str();
    if (mounts[i + 2] == "detached") {
      result = raw::call(kernel::kMoveMount, std::atoi(mounts[i].c_str()), raw::address(""), AT_FDCWD, raw::address(orders.mounted),
                         kernel::kMoveMountFromEmptyPath);
      continue;
    }
    result = raw::call(SYS_mount, raw::address(mounts[i].c_str()), raw::address(orders.mounted), raw::address(mounts[i + 2].c_str()),
                       bind ? MS_BIND | MS_REC : flags_of(mounts[i + 4]), raw::address(mounts[i + 3].c_str()));
  }
  if (result < 0) give_up(orders, "mount", result);
  return result == 0;
}

int child_main(void* argument) {
  Orders& orders = *static_cast<Orders*>(argument);
  constexpr int kFirstFree = 3;
  raw::default_signals();
  if (orders.group) {
    const long grouped = raw::call(SYS_setpgid, 0, 0);
    if (grouped < 0) return give_up(orders, "setpgid", grouped);
  }
  if (orders.network >= 0) {
    const long joined = raw::call(SYS_setns, orders.network, CLONE_NEWNET);
    if (joined < 0) return give_up(orders, "setns", joined);
  }
  // While the descriptors of detached mounts are open.
  if (orders.mounts != nullptr && !make_mounts(orders)) return 1;
  // Move the sources out of the way first, so that none is overwritten before it is used.
  for (int& fd : orders.stdio) {
    const long moved = raw::call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, kFirstFree + orders.count);
    if (moved < 0) return give_up(orders, "fcntl", moved);
    fd = static_cast<int>(moved);
  }
  for (int i = 0; i < orders.count; ++i) {
    const long moved = raw::call(SYS_fcntl, orders.fds[i], F_DUPFD_CLOEXEC, kFirstFree + orders.count);
    if (moved < 0) return give_up(orders, "fcntl", moved);
    orders.fds[i] = static_cast<int>(moved);
  }
  for (int i = 0; i < 3; ++i) {
    const long result = raw::dup3(orders.stdio[i], i, 0);
    if (result < 0) return give_up(orders, "dup3", result);
  }
  for (int i = 0; i < orders.count; ++i) {
    const long result = raw::dup3(orders.fds[i], kFirstFree + i, 0);
    if (result < 0) return give_up(orders, "dup3", result);
  }
  // Descriptors that the caller of tsrun left open are not close-on-exec, so close them here.
  long result = raw::call(kernel::kCloseRange, kFirstFree + orders.count, ~0U, 0);
  if (result < 0) return give_up(orders, "close_range", result);
  result = raw::call(SYS_chdir, raw::address(orders.directory));
  if (result < 0) return give_up(orders, "chdir", result);
  raw::empty_signal_mask();
  return give_up(orders, "execve",
                 raw::call(SYS_execve, raw::address(orders.path), raw::address(orders.arguments), raw::address(orders.environment)));
}

// The array of pointers that execve(2) takes. The texts stay where they are.
std::vector<char*> pointers(const TextList& texts) {
  std::vector<char*> list;
  list.reserve(texts.size() + 1);
  for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

bool any_has_nul(const TextList& texts) {
  for (const std::string& text : texts) {
    if (text.find('\0') != std::string::npos) return true;
  }
  return false;
}

}  // namespace

Outcome run_program(const Arguments& a) {
  const std::string& path = a.text(0);
  const std::string& directory = a.text(3);
  if (any_has_nul(a.texts(1)) || any_has_nul(a.texts(2)) || (a.has(8) && any_has_nul(a.texts(8)))) return Failure{EINVAL, "execve", path};
  const std::vector<char*> arguments = pointers(a.texts(1));
  const std::vector<char*> environment = pointers(a.texts(2));
  std::vector<int> fds;
  if (a.has(7)) fds.assign(a.integers(7).begin(), a.integers(7).end());
  Orders orders = {path.c_str(), directory.c_str(),           arguments.data(), environment.data(), {a.fd(4), a.fd(5), a.fd(6)},
                   fds.data(),   static_cast<int>(fds.size())};
  if (a.has(8)) orders.mounts = &a.texts(8);
  if (a.has(9)) orders.network = a.fd(9);
  orders.group = a.has(10) && a.boolean(10);

  const ChildStack stack;
  Birth birth;
  birth.flags = kernel::kCloneVfork;
  birth.exit_signal = SIGCHLD;
  Child child;
  if (!clone_child(birth, stack, child_main, &orders, child)) return failed("clone3", path);
  if (orders.failed_call != nullptr) {
    reap_child(child.pidfd.get());
    const std::string call = orders.failed_call;
    return Failure{orders.error, orders.failed_call, call == "chdir" ? directory : call == "mount" ? orders.mounted : path};
  }
  return answer(Record{{"pid", int64_t{child.pid}}, {"pidfd", hand_out(std::move(child.pidfd))}});
}

}  // namespace tsrun::entries
