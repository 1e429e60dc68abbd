// The command line that others see of this process.
#pragma once
#include <vector>

namespace tsrun {

// Before the first program: where the kernel has put the command line.
void rememberCommandLine(int argc, char** argv);

// Has /proc/self/cmdline, and so ps(1), show these words, as far as the command line at the start was long enough.
void showCommandLine(const std::vector<char*>& words);

}  // namespace tsrun
