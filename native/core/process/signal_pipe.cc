#include "signal_pipe.h"

#include <fcntl.h>

#include <atomic>
#include <cerrno>

#include "../outcome.h"

namespace tsrun {
namespace {

std::atomic<int> handler_fd{-1};
static_assert(std::atomic<int>::is_always_lock_free);

void on_signal(int signal) {
  const int kept = errno;
  const auto byte = static_cast<unsigned char>(signal);
  // A full pipe means that 65536 signals are waiting; another one adds no information.
  if (::write(handler_fd.load(), &byte, 1) < 0) errno = kept;
  errno = kept;
}

bool can_be_caught(int signal) {
  // 32 and 33 belong to the C library (nptl(7)).
  return signal != SIGKILL && signal != SIGSTOP && (signal < 32 || signal >= SIGRTMIN);
}

}  // namespace

bool SignalPipe::install(bool (*wanted)(int signal)) {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0) return false;
  read_end_.reset(fds[0]);
  write_end_.reset(fds[1]);
  handler_fd.store(write_end_.get());
  for (int signal = 1; signal < kCount; ++signal) {
    if (signal != SIGPIPE && (!can_be_caught(signal) || !wanted(signal))) continue;
    // No SA_RESTART: a write that blocks on a slow reader must not delay signals.
    struct sigaction action = {};
    action.sa_handler = signal == SIGPIPE ? SIG_IGN : on_signal;
    ::sigfillset(&action.sa_mask);
    if (::sigaction(signal, &action, &before_[signal]) < 0) return false;
    caught_[signal] = true;
  }
  return true;
}

SignalPipe::~SignalPipe() {
  for (int signal = 1; signal < kCount; ++signal) {
    if (caught_[signal]) ::sigaction(signal, &before_[signal], nullptr);
  }
  handler_fd.store(-1);
}

int SignalPipe::next() {
  unsigned char byte = 0;
  return uninterrupted([&] { return ::read(read_end_.get(), &byte, 1); }) == 1 ? byte : 0;
}

void SignalPipe::let_through(int signal) {
  struct sigaction ours;
  if (::sigaction(signal, &before_[signal], &ours) < 0) return;
  ::raise(signal);
  ::sigaction(signal, &ours, nullptr);
}

}  // namespace tsrun
