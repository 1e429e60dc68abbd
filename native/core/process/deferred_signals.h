// Defers signals that would kill us while we make something that must not be left half made; they end a wait instead. They are blocked and
// read by signalfd(2), which takes two system calls where handlers take one for each signal. Only for a program with a single thread.
#pragma once
#include <memory>

#include "signal_pipe.h"

namespace tsrun {

// Readable when a signal came. -1 if signals are not deferred or one came already.
int deferred_signals_fd();

// Returns the first signal that came and would have killed us, or 0. Later ones stay blocked.
int take_deferred_signal();

// Unblocks the signals, so that pending ones are delivered. Returns whether they were deferred.
bool end_deferral();

// Defers signals again, by handlers that are already installed and stay until we end.
void defer_signals_by(std::unique_ptr<SignalPipe> handlers);

}  // namespace tsrun
