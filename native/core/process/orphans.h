// Processes that became our children because their parents ended, as we are a subreaper.
#pragma once
#include <sys/types.h>

namespace tsrun {

// Reaps every child that has ended but the process `kept`. Only in a subreaper: elsewhere children belong to somebody else in this process.
void reap_orphans(pid_t kept);

// The process id behind a pidfd, -1 where it cannot be known.
pid_t pid_of(int pidfd);

}  // namespace tsrun
