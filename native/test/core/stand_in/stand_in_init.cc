// The tests of native/core execute this instead of tsrun-init. The first byte of the plan selects what it does:
//   r  sends a message with a description of itself, waits for the reply, and exits with its value
//   x  exits immediately with 3 and does not read the rest of the plan
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "../../../plan_format.h"

namespace {

using tsrun::plan::Message;
using tsrun::plan::MessageType;

std::string line_of_status(const char* name) {
  FILE* file = std::fopen("/proc/self/status", "re");
  if (file == nullptr) return "";
  char line[256];
  std::string found;
  while (std::fgets(line, sizeof line, file) != nullptr) {
    if (std::strncmp(line, name, std::strlen(name)) == 0) found = line + std::strlen(name) + 1;
  }
  std::fclose(file);
  while (!found.empty() && found.back() <= ' ') found.pop_back();
  while (!found.empty() && found.front() <= ' ') found.erase(0, 1);
  return found;
}

std::string report(char** argv, const std::string& fds) {
  std::string text = std::string("argv0=") + argv[0] + "\nenv=" + (environ[0] == nullptr ? "none" : environ[0]);
  text += "\npid=" + std::to_string(getpid()) + "\nfds=" + fds;
  for (const char* name : {"SigBlk", "SigIgn", "CapEff"}) text += std::string("\n") + name + "=" + line_of_status(name);
  return text + "\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 100;
  std::string fds;
  for (int fd = 0; fd < 256; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) fds += (fds.empty() ? "" : ",") + std::to_string(fd);
  }
  const int socket = std::atoi(argv[1]);
  char order;
  if (read(socket, &order, 1) != 1) return 102;
  if (order == 'x') return 3;

  Message message = {};
  message.type = static_cast<uint32_t>(MessageType::kSync);
  message.operation = 7;
  message.error = 13;
  message.value = -5;
  const std::string text = report(argv, fds);
  message.text_length = static_cast<uint32_t>(text.copy(message.text, sizeof message.text));
  if (write(socket, &message, sizeof message) != sizeof message) return 101;
  uint32_t value;
  return read(socket, &value, sizeof value) == sizeof value ? static_cast<int>(value) : 105;
}
