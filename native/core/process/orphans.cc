#include "orphans.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "../fd.h"
#include "../outcome.h"

namespace tsrun {
namespace {

bool adopts_orphans() {
  int subreaper = 0;
  return ::getpid() == 1 || (::prctl(PR_GET_CHILD_SUBREAPER, &subreaper, 0, 0, 0) == 0 && subreaper == 1);
}

}  // namespace

void reap_orphans(pid_t kept) {
  if (kept <= 0 || !adopts_orphans()) return;
  for (;;) {
    // Look first (WNOWAIT), then reap by number, because the status of `kept` has to stay available to its pidfd.
    siginfo_t info = {};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0 || info.si_pid == kept) return;
    if (::waitid(P_PID, static_cast<id_t>(info.si_pid), &info, WEXITED | WNOHANG) < 0) return;
  }
}

pid_t pid_of(int pidfd) {
  // proc_pid_fdinfo(5): "Pid:" and a tab. It is -1 once the process has been reaped.
  const std::string path = "/proc/self/fdinfo/" + std::to_string(pidfd);
  const Fd fd(uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); }));
  char text[1024] = {};
  if (!fd.valid() || ::read(fd.get(), text, sizeof text - 1) <= 0) return -1;
  const std::string lines(text);
  const size_t at = lines.find("\nPid:\t");
  return at == std::string::npos ? -1 : static_cast<pid_t>(std::strtol(lines.c_str() + at + 6, nullptr, 10));
}

}  // namespace tsrun
