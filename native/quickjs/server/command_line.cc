#include "command_line.h"

#include <cstring>

namespace tsrun {
namespace {

// The words and the bytes 0 that end them, in one piece: proc_pid_cmdline(5).
char* first = nullptr;
size_t room = 0;

}  // namespace

void rememberCommandLine(int argc, char** argv) {
  if (argc == 0) return;
  first = argv[0];
  room = static_cast<size_t>(argv[argc - 1] + strlen(argv[argc - 1]) + 1 - first);
}

void showCommandLine(const std::vector<char*>& words) {
  size_t used = 0;
  for (const char* word : words) {
    const size_t size = strlen(word) + 1;
    if (size > room - used) break;
    memcpy(first + used, word, size);
    used += size;
  }
  memset(first + used, 0, room - used);
}

}  // namespace tsrun
