// Messages to tsrun and its replies (plan_format.h).
#pragma once
#include "state.h"

namespace tsrun::init {

// Only write(2) and read(2): behind a seccomp filter with a listener sendmsg(2) may wait for an agent that does not exist yet.
void report(State& state, plan::MessageType type, int64_t value, Result result = kDone);

// The same with a descriptor; only before any seccomp filter.
void report_with(State& state, plan::MessageType type, int fd);

// Says kGoing, once.
void report_going(State& state);

// Waits for tsrun to say go. It ends the process where tsrun says otherwise or went away: nobody is left to report to.
void await_reply(const State& state);

// The same where a descriptor comes along with the reply: -EBADMSG where none does.
long await_descriptor(const State& state, Fd& fd);

// Reads exactly that much; false at an early end or on an error.
bool read_fully(int fd, void* into, size_t size);

}  // namespace tsrun::init
