// Clones a process that shares our memory until it executes a program. As with vfork(2), the page tables of a large process (a JavaScript
// engine) are not copied; but the child gets the namespaces, pidfd and cgroup of clone3(2), and its own stack.
#pragma once
#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "../fd.h"

namespace tsrun {

struct Birth {
  // In addition to CLONE_VM | CLONE_PIDFD | CLONE_CLEAR_SIGHAND.
  uint64_t flags = 0;
  // Used with CLONE_INTO_CGROUP unless it is -1.
  int cgroup = -1;
  // The signal that tells us of its end, or 0 for none.
  int exit_signal = 0;
};

struct Child {
  pid_t pid = -1;
  Fd pidfd;
};

// Memory for the child's stack, with an inaccessible page below it. It must live as long as the child uses our memory.
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

// Clones. The child runs `body` with every signal blocked and no handlers, and exits with its return value. `body` may only make raw system
// calls. With CLONE_VFORK, returns once the child executed a program or exited. Returns false with errno.
bool clone_child(const Birth& birth, const ChildStack& stack, int (*body)(void*), void* argument, Child& child);

// Waits for the end of a child, whatever its exit signal is.
void reap_child(int pidfd);

// The same for a child that ends after a few system calls. Looks often for a fraction of a millisecond before it sleeps, because waking up
// takes longer than such a child on an idle processor. Lets others run meanwhile.
void reap_brief_child(int pidfd);

// Runs `body`, which may only make raw system calls, in a child that shares our memory and our descriptors, and returns when it has. Nobody
// without rights over our user namespace can trace it. Returns false with errno.
bool call_in_child(int (*body)(void*), void* argument);

}  // namespace tsrun
