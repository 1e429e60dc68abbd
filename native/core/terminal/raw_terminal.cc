#include "raw_terminal.h"

#include <cerrno>
#include <csignal>

#include "../outcome.h"

namespace tsrun {

RawTerminal::RawTerminal(int fd) : fd_(fd) { terminal_ = ::tcgetattr(fd, &before_) == 0; }

bool RawTerminal::enter(bool cook_output) {
  if (!terminal_) return true;
  termios raw = before_;
  ::cfmakeraw(&raw);
  if (cook_output) raw.c_oflag = before_.c_oflag;
  if (uninterrupted([&] { return ::tcsetattr(fd_, TCSANOW, &raw); }) < 0) return false;
  entered_ = true;
  return true;
}

void RawTerminal::leave() {
  if (!entered_) return;
  const int kept = errno;
  sigset_t stop;
  sigset_t mask;
  ::sigemptyset(&stop);
  ::sigaddset(&stop, SIGTTOU);
  ::pthread_sigmask(SIG_BLOCK, &stop, &mask);
  uninterrupted([&] { return ::tcsetattr(fd_, TCSANOW, &before_); });
  ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  entered_ = false;
  errno = kept;
}

}  // namespace tsrun
