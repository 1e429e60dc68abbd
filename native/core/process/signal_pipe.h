// Signals as something that poll(2) can wait for: a handler writes each one's number to a pipe. Not signalfd(2), which would need them blocked in
// every thread of a JavaScript engine.
#pragma once
#include <csignal>

#include "../fd.h"

namespace tsrun {

// One at a time in a process; the dispositions that were there before come back with its end.
class SignalPipe {
 public:
  SignalPipe() = default;
  ~SignalPipe();
  SignalPipe(const SignalPipe&) = delete;
  SignalPipe& operator=(const SignalPipe&) = delete;

  // Those that `wanted` says, SIGKILL, SIGSTOP and the C library's own left out; SIGPIPE is ignored. False with errno.
  bool install(bool (*wanted)(int signal));
  // Readable when a signal came.
  int fd() const { return read_end_.get(); }
  // The next signal, 0 where none is waiting.
  int next();
  // The signal as if it had not been caught; returns where that did not end the process.
  void let_through(int signal);

 private:
  static constexpr int kCount = 65;
  Fd read_end_;
  Fd write_end_;
  bool caught_[kCount] = {};
  struct sigaction before_[kCount] = {};
};

}  // namespace tsrun
