// Tracks which descriptors are ours, by number: those that sys handed out and that were not closed through it. A number that a program
// passes to us for a container must not be one of them.
#pragma once
#include <cstdint>
#include <mutex>
#include <vector>

#include "fd.h"

namespace tsrun {

// The descriptors that one thread of a program holds through sys, for a thread that can end before the program: a worker thread of Node.js.
class Held {
 public:
  void add(int fd);
  void remove(int fd);
  // But for the pidfds of children (host/left_children.h). Whatever comes later, from a call that was under way, stays open.
  void close_all();

 private:
  std::mutex mutex_;
  // In order. A hash table would need functions of libstdc++ that the build for musl has not (scripts/package/musl/runtime.cc).
  std::vector<int> fds_;
};

// Where the calling thread's descriptors are held; none for the command, whose descriptors end with it.
void hold_in(Held* held);

// Returns the number to the caller of sys, who closes it through sys.
int64_t hand_out(Fd fd);

// Marks a descriptor that stays on the C++ side as ours.
void note_own(int fd);

// Unmarks it, because it is about to be closed or somebody else will close it.
void disown(int fd);

bool is_own(int fd);

}  // namespace tsrun
