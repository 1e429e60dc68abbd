// Handles processes that became our children when their parents ended, because we are a subreaper.
#pragma once
#include <sys/types.h>

namespace tsrun {

// Reaps every child that has ended, except the process `kept`. Only for a subreaper: elsewhere the children belong to other code in this
// process.
void reap_orphans(pid_t kept);

// Returns the process id behind a pidfd, or -1 if it is unknown.
pid_t pid_of(int pidfd);

}  // namespace tsrun
