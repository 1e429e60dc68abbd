// Signals for an event loop.
#include <sys/signalfd.h>

#include <csignal>

#include "../files/entries.h"
#include "../outcome.h"

namespace tsrun::entries {

Outcome open_signals(const Arguments& a) {
  sigset_t wanted;
  ::sigemptyset(&wanted);
  for (const int64_t signal : a.integers(0)) {
    if (::sigaddset(&wanted, static_cast<int>(signal)) < 0) return failed("sigaddset");
  }
  if (::pthread_sigmask(SIG_BLOCK, &wanted, nullptr) != 0) return failed("rt_sigprocmask");
  const int fd = ::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) return failed("signalfd");
  return answer_fd(fd);
}

}  // namespace tsrun::entries
