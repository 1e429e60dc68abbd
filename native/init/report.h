// Sends messages to tsrun and receives its replies (plan_format.h).
#pragma once
#include "state.h"

namespace tsrun::init {

// Uses only write(2) and read(2): under a seccomp filter with a listener, sendmsg(2) may wait for an agent that does not exist yet.
void report(State& state, plan::MessageType type, int64_t value, Result result = kDone);

// Reports with a descriptor. Only before a seccomp filter is loaded.
void report_with(State& state, plan::MessageType type, int fd);

// Reports kGoing, once.
void report_going(State& state);

// Waits for tsrun's permission to continue. Ends the process if tsrun refuses or is gone: nobody is left to report to.
void await_reply(const State& state);

// Waits for a reply with a descriptor; -EBADMSG if it has none.
long await_descriptor(const State& state, Fd& fd);

// Reads exactly `size` bytes. Returns false at an early end or on an error.
bool read_fully(int fd, void* into, size_t size);

}  // namespace tsrun::init
