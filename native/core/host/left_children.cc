#include "left_children.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "../own.h"
#include "../process/processes.h"

namespace tsrun {
namespace {

struct LeftChild {
  int pidfd;
  bool has_ended;
};

// Of the whole program. Never destroyed, because threads may still run when the program exits.
std::mutex* const mutex = new std::mutex();
std::vector<LeftChild>* const children = new std::vector<LeftChild>();

void close_own(int fd) {
  disown(fd);
  ::close(fd);
}

// Returns whether there is nothing more to do for it.
bool is_over(LeftChild& child) {
  siginfo_t info;
  const int wait = child.has_ended ? 0 : WNOWAIT;
  if (wait_for(child.pidfd, WEXITED | WNOHANG | wait, info) < 0) return true;
  if (info.si_pid == 0) return false;
  const bool is_reaped = child.has_ended;
  child.has_ended = true;
  return is_reaped;
}

}  // namespace

void close_or_adopt(int fd) {
  siginfo_t info;
  if (wait_for(fd, WEXITED | WNOHANG | WNOWAIT, info) < 0) return close_own(fd);
  const std::lock_guard<std::mutex> lock(*mutex);
  children->push_back({fd, false});
}

void reap_left_children() {
  const std::lock_guard<std::mutex> lock(*mutex);
  const auto over = [](LeftChild& child) {
    if (!is_over(child)) return false;
    close_own(child.pidfd);
    return true;
  };
  children->erase(std::remove_if(children->begin(), children->end(), over), children->end());
}

}  // namespace tsrun
