#include "undumpable.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>

namespace tsrun {
namespace {

// Node.js clones children on several threads.
std::mutex mutex;
int count = 0;
int before = 1;

}  // namespace

Undumpable::Undumpable(bool wanted) : wanted_(wanted && ::geteuid() == 0) {
  if (!wanted_) return;
  const std::lock_guard<std::mutex> guard(mutex);
  if (count++ > 0) return;
  before = ::prctl(PR_GET_DUMPABLE);
  ::prctl(PR_SET_DUMPABLE, 0);
}

Undumpable::~Undumpable() {
  if (!wanted_) return;
  const int kept = errno;
  const std::lock_guard<std::mutex> guard(mutex);
  // Only the kernel can set 2, which protects as well.
  if (--count == 0 && before == 1) ::prctl(PR_SET_DUMPABLE, 1);
  errno = kept;
}

}  // namespace tsrun
