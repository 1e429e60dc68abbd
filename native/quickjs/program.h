// The program that this process runs.
#pragma once

#include <string>
#include <vector>

namespace tsrun {

// Runs the program of a command line until the process ends. Where another program runs, that one is left where it is: a process that was
// forked from it may become another program without execve(2), which would take a third of the time until the server answers.
[[noreturn]] void runProgram(int argc, char** argv);

// Before the first program: where the kernel has put the command line.
void rememberCommandLine(int argc, char** argv);

// Has /proc/self/cmdline, and so ps(1), show these words, as far as the command line at the start was long enough.
void showCommandLine(const std::vector<char*>& words);

}  // namespace tsrun
