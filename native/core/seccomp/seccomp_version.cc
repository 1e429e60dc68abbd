#include "seccomp_version.h"

#ifdef TSRUN_SECCOMP
#include <seccomp.h>
#endif

namespace tsrun {

std::string seccompVersion() {
#ifdef TSRUN_SECCOMP
  const scmp_version* version = seccomp_version();
  return std::to_string(version->major) + "." + std::to_string(version->minor) + "." + std::to_string(version->micro);
#else
  return "";
#endif
}

}  // namespace tsrun
