// What the kernel's seccomp(2) can do.
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../files/entries.h"
#include "../outcome.h"

namespace tsrun::entries {

// Flags are looked at before the filter: without one a kernel that knows them says EFAULT, others EINVAL.
Outcome knows_seccomp_flags(const Arguments& a) {
  ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, static_cast<unsigned long>(a.integer(0)), nullptr);
  return answer(errno == EFAULT);
}

}  // namespace tsrun::entries
