// The program that this process runs.
#pragma once
#include <quickjs.h>

namespace tsrun {

// Loads the program for a command line. May be called while another program runs, by a process that was forked from it: the frames and
// variables of that program stay on the stack below, and its heap is given back. This saves an execve(2).
JSContext* loadProgram(int argc, char* const* argv);

// Runs it, with the arguments after the first word, until the process ends.
[[noreturn]] void runProgram(JSContext* context, int argc, char** argv);

}  // namespace tsrun
