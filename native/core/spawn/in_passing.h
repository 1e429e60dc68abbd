// System calls by a process that exits after them.
//
// A unix socket remembers the process that connected it, and each message the one that sent it. A process that holds the other end can ask
// the kernel for a pidfd of it (SO_PEERPIDFD, SO_PASSPIDFD of Linux 6.5), and with CAP_SYS_PTRACE takes its descriptors through that
// (pidfd_getfd(2)), whatever pid namespace it is in. So where a process of the container may trace tsrun-init, tsrun is not the one that
// the kernel remembers.
#pragma once

#include <cstdint>

namespace tsrun {

// The result if there is no process to make the call, with the errno of clone3(2). Its EAGAIN, a limit of processes, must not be taken for
// that of connect(2), which somebody who listens has.
constexpr long kNoProcess = -2;

// The call to report for such a result.
inline const char* call_in_passing(long result, const char* call) { return result == kNoProcess ? "clone3" : call; }

// socketpair(2), when nobody else has either end yet.
long socket_pair_in_passing(int type, int (&fds)[2]);

struct PassingCall {
  long number;
  // Its first argument, and the only descriptor that the process has: the other end may be quicker than the end of the process.
  int socket;
  long arguments[2];
  // Its working directory, or -1.
  int directory;
  // Written to the socket afterwards by the same process, if not null.
  const uint32_t* word = nullptr;
};

// Makes a call that has its effect on a socket. Returns its result; -1 with errno if it failed.
long in_passing(const PassingCall& call);

}  // namespace tsrun
