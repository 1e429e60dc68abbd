// Tells which descriptors our caller left us.
#pragma once

namespace tsrun {

// Whether an open descriptor came through our execve(2). tsrun opens every descriptor close-on-exec, and those do not survive an execve(2).
// So this distinguishes the caller's descriptors from ours, regardless of their numbers and of when they were opened.
bool came_with_exec(int fd);

// Replaces the rule, for a host whose engine sets close-on-exec on all descriptors, including the caller's.
void tell_inherited_by(bool (*rule)(int fd));

}  // namespace tsrun
