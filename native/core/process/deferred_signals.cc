#include "deferred_signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

#include "../fd.h"
#include "../files/entries.h"
#include "../outcome.h"

namespace tsrun {
namespace {

constexpr int kSignals = 64;

Fd descriptor;
sigset_t before;
std::unique_ptr<SignalPipe> caught;
bool took = false;

// signal(7): the other signals are ignored, or stop and continue us, which does no harm. 32 and 33 belong to the C library (nptl(7)).
bool ends_by_default(int signal) {
  switch (signal) {
    case SIGKILL:
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
    case SIGCONT:
    case SIGCHLD:
    case SIGWINCH:
    case SIGURG:
    case 32:
    case 33:
      return false;
    default:
      return true;
  }
}

// A blocked signal becomes pending even if it is ignored, as SIGHUP is under nohup(1).
bool is_ignored(int signal) {
  struct sigaction action = {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

int take_caught_signal() {
  while (const int signal = caught->next()) {
    if (!ends_by_default(signal) || caught->was_ignored(signal)) continue;
    took = true;
    return signal;
  }
  return 0;
}

}  // namespace

int deferred_signals_fd() {
  if (took) return -1;
  return caught == nullptr ? descriptor.get() : caught->fd();
}

int take_deferred_signal() {
  if (took) return 0;
  if (caught != nullptr) return take_caught_signal();
  if (!descriptor.valid()) return 0;
  signalfd_siginfo info = {};
  while (uninterrupted([&] { return ::read(descriptor.get(), &info, sizeof info); }) == static_cast<ssize_t>(sizeof info)) {
    const int signal = static_cast<int>(info.ssi_signo);
    if (is_ignored(signal)) continue;
    descriptor.reset();
    return signal;
  }
  return 0;
}

bool end_deferral() {
  if (!descriptor.valid()) return false;
  descriptor.reset();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return true;
}

void defer_signals_by(std::unique_ptr<SignalPipe> handlers) { caught = std::move(handlers); }

namespace entries {

Outcome defer_signals(const Arguments&) {
  if (descriptor.valid()) return done();
  sigset_t wanted;
  ::sigemptyset(&wanted);
  for (int signal = 1; signal <= kSignals; ++signal) {
    if (ends_by_default(signal)) ::sigaddset(&wanted, signal);
  }
  ::pthread_sigmask(SIG_BLOCK, &wanted, &before);
  // Signals that our caller blocked stay blocked.
  for (int signal = 1; signal <= kSignals; ++signal) {
    if (::sigismember(&before, signal) == 1) ::sigdelset(&wanted, signal);
  }
  descriptor.reset(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  if (descriptor.valid()) return done();
  Failure failure = failed("signalfd");
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return failure;
}

Outcome deferred_signal(const Arguments&) { return answer(int64_t{take_deferred_signal()}); }

}  // namespace entries
}  // namespace tsrun
