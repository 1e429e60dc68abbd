// The birth of a process that shares our memory until it executes a program: as vfork(2), so that the page tables of a big process (a JavaScript
// engine) are not copied, but with clone3(2)'s namespaces, pidfd and cgroup, and on a stack of its own.
#pragma once
#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "../fd.h"

namespace tsrun {

struct Birth {
  // Beside CLONE_VM | CLONE_PIDFD | CLONE_CLEAR_SIGHAND.
  uint64_t flags = 0;
  // With CLONE_INTO_CGROUP, where it is not -1.
  int cgroup = -1;
  // The signal that tells us of its end; 0 for none.
  int exit_signal = 0;
};

struct Child {
  pid_t pid = -1;
  Fd pidfd;
};

// Memory for the child's stack, with a page below it that cannot be touched. It must outlive the child's use of our memory.
class ChildStack {
 public:
  ChildStack();
  ~ChildStack();
  ChildStack(const ChildStack&) = delete;
  ChildStack& operator=(const ChildStack&) = delete;
  bool valid() const { return memory_ != nullptr; }
  void* bottom() const;
  size_t size() const;

 private:
  void* memory_ = nullptr;
};

// Clones; the child runs `body` with every signal blocked and none handled, and exits with what it returns. `body` may only make raw system
// calls. With CLONE_VFORK this returns once the child executed a program or exited. False with errno.
bool clone_child(const Birth& birth, const ChildStack& stack, int (*body)(void*), void* argument, Child& child);

// Waits for the end of a child, whatever its exit signal.
void reap_child(int pidfd);

}  // namespace tsrun
