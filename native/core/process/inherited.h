// Which descriptors are our caller's.
#pragma once

namespace tsrun {

// Whether an open descriptor came with our execve(2). Every one that tsrun opens is close-on-exec, and one that is does not come through an execve(2): so it tells
// the caller's from ours whatever their numbers are, and whenever they were opened.
bool came_with_exec(int fd);

// For a host whose engine makes all descriptors close-on-exec, the caller's too.
void tell_inherited_by(bool (*rule)(int fd));

}  // namespace tsrun
