// Children of a thread that has ended before them (a worker thread of Node.js): somebody has to take their exit status, or they stay
// zombies as long as the program runs.
#pragma once

namespace tsrun {

// Closes a descriptor whose thread has ended, or keeps it if it is the pidfd of a child.
void close_or_adopt(int fd);

// Takes the status of those that had ended by the last call: if another thread waits for one, it has been faster.
void reap_left_children();

}  // namespace tsrun
