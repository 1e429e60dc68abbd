// Signals that would end us while something is being made that must not be left behind in part: they end a wait instead. Blocked, and read by signalfd(2), which
// takes two system calls where handlers would take one each; so for a program of one thread only.
#pragma once

namespace tsrun {

// Readable when one came; -1 where they are not deferred, or one came already.
int deferred_signals_fd();

// The first that came and would have ended us, 0 for none. What comes after it stays blocked.
int take_deferred_signal();

// Lets them through again, those that wait first.
void end_deferral();

}  // namespace tsrun
