// Waits for processes by pidfd.
#pragma once
#include <csignal>

#include "../outcome.h"

namespace tsrun {

// waitid(2) with P_PIDFD. With WNOHANG, `info.si_pid` is 0 if the process is still running. Returns -1 with errno.
int wait_for(int pidfd, int options, siginfo_t& info);

// Converts to sys's ProcessExit.
Outcome process_exit(const siginfo_t& info);

}  // namespace tsrun
