// The program that this process runs.
#pragma once

namespace tsrun {

// Runs the program for a command line until the process ends. May be called while another program runs, by a process that was forked from
// it: the frames and variables of that program stay on the stack below, and its heap is given back. This saves an execve(2).
[[noreturn]] void runProgram(int argc, char** argv);

}  // namespace tsrun
