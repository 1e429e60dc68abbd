// Makes signals pollable: a handler writes the number of each to a pipe. signalfd(2) would need them blocked in every thread of a
// JavaScript engine.
#pragma once
#include <csignal>

#include "../fd.h"

namespace tsrun {

// One instance at a time per process. Its end restores the previous dispositions.
class SignalPipe {
 public:
  SignalPipe() = default;
  ~SignalPipe();
  SignalPipe(const SignalPipe&) = delete;
  SignalPipe& operator=(const SignalPipe&) = delete;

  // Catches the signals for which `wanted` returns true, except SIGKILL, SIGSTOP and the C library's own, and ignores SIGPIPE. Returns
  // false with errno.
  bool install(bool (*wanted)(int signal));
  // Readable when a signal came.
  int fd() const { return read_end_.get(); }
  // Returns the next signal, or 0 if none is waiting.
  int next();
  // Whether the signal was ignored before it was caught, as SIGHUP is under nohup(1).
  bool was_ignored(int signal) const { return before_[signal].sa_handler == SIG_IGN; }
  // Delivers the signal as if it had not been caught. Returns if that did not end the process.
  void let_through(int signal);

 private:
  static constexpr int kCount = 65;
  Fd read_end_;
  Fd write_end_;
  bool caught_[kCount] = {};
  struct sigaction before_[kCount] = {};
};

}  // namespace tsrun
