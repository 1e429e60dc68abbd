// Which flags the kernel's seccomp(2) supports.
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../files/entries.h"
#include "../outcome.h"

namespace tsrun::entries {

// The kernel checks the flags before the filter: without a filter it fails with EFAULT if it supports the flags, and with EINVAL if not.
Outcome knows_seccomp_flags(const Arguments& a) {
  ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, static_cast<unsigned long>(a.integer(0)), nullptr);
  return answer(errno == EFAULT);
}

}  // namespace tsrun::entries
