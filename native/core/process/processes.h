// Waiting for processes by their pidfd.
#pragma once
#include <csignal>

#include "../outcome.h"

namespace tsrun {

// waitid(2) with P_PIDFD; `info.si_pid` is 0 where WNOHANG found it still running. -1 with errno.
int wait_for(int pidfd, int options, siginfo_t& info);

// sys's ProcessExit.
Outcome process_exit(const siginfo_t& info);

}  // namespace tsrun
