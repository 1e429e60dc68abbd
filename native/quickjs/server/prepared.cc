#include "prepared.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include "../../core/fd.h"
#include "../../core/outcome.h"
#include "../program.h"
#include "command_line.h"
#include "server.h"

namespace tsrun {
namespace {

constexpr char kNull[] = "/dev/null";
// The name, the namespace, the id and containerd's address, as with containerd's own shims. The rest would not fit.
constexpr size_t kShownWords = 7;
// The end of the pair in the prepared process, which gets the server's socket in its place.
constexpr int kOrders = kServerSocket;

// Of config.json: containerd writes the annotations after the process and the mounts.
constexpr size_t kLooked = 16 << 10;

struct Prepared {
  pid_t pid = -1;
  Fd orders;
};

Prepared prepared;

// Closes every descriptor from `first` on. Before Linux 5.9 there is no close_range(2).
bool closeFrom(int first) {
  if (syscall(SYS_close_range, first, ~0U, 0) == 0) return true;
  DIR* const directory = opendir("/proc/self/fd");
  if (directory == nullptr) return false;
  while (const dirent* entry = readdir(directory)) {
    const int fd = atoi(entry->d_name);
    if (fd >= first && fd != dirfd(directory)) close(fd);
  }
  return closedir(directory) == 0;
}

union Control {
  char bytes[CMSG_SPACE(sizeof(int))];
  cmsghdr aligned;
};

// Returns the socket, and fills `text` with the command line, each word with a 0 after it; -1 if this process is not to serve.
int receiveOrder(std::string* text) {
  const ssize_t size = uninterrupted([&] { return recv(kOrders, nullptr, 0, MSG_PEEK | MSG_TRUNC); });
  if (size <= 0) return -1;
  text->resize(static_cast<size_t>(size));
  iovec part = {text->data(), text->size()};
  Control control;
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  if (uninterrupted([&] { return recvmsg(kOrders, &message, MSG_CMSG_CLOEXEC); }) != size) return -1;
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return -1;
  int socket;
  memcpy(&socket, CMSG_DATA(header), sizeof socket);
  return socket;
}

bool sendOrder(int orders, int socket, const std::string& text) {
  iovec part = {const_cast<char*>(text.data()), text.size()};
  Control control = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof socket);
  memcpy(CMSG_DATA(header), &socket, sizeof socket);
  return uninterrupted([&] { return sendmsg(orders, &message, MSG_NOSIGNAL); }) >= 0;
}

std::vector<char*> wordsOf(std::string& text) {
  std::vector<char*> words;
  for (char* at = text.data(); at < text.data() + text.size(); at += strlen(at) + 1) words.push_back(at);
  return words;
}

// In the forked process. A server runs long, and somebody may wait for the end of a pipe, so it keeps no descriptor of the others.
[[noreturn]] void becomeServer(int null, int orders) {
  setpgid(0, 0);
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++) dup2(null, stream);
  dup2(orders, kOrders);
  if (!closeFrom(kOrders + 1)) _exit(1);
  std::string name = kShimName;
  char* const only[] = {name.data()};
  JSContext* const context = loadProgram(1, only);
  std::string text;
  const int socket = receiveOrder(&text);
  if (socket < 0) _exit(0);
  // The order's end is closed by this.
  dup2(socket, kServerSocket);
  close(socket);
  std::vector<char*> words = wordsOf(text);
  showCommandLine({words.begin(), words.begin() + static_cast<ptrdiff_t>(std::min(words.size(), kShownWords))});
  const int count = static_cast<int>(words.size());
  words.push_back(nullptr);
  runProgram(context, count, words.data());
}

// Returns the name of the call that failed, with errno.
const char* prepare() {
  const Fd null(open(kNull, O_RDWR | O_CLOEXEC));
  if (!null.valid()) return "open";
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) return "socketpair";
  Fd ours(pair[0]);
  const Fd theirs(pair[1]);
  const pid_t pid = fork();
  if (pid < 0) return "fork";
  if (pid == 0) becomeServer(null.get(), theirs.get());
  prepared = {pid, std::move(ours)};
  return nullptr;
}

// Whether the container whose bundle is the working directory belongs to the group of another one, which has a server most likely. Only a
// guess from the beginning of its configuration: src/shim/socket.ts reads the annotations.
bool joinsGroup(int argc, char* const* argv) {
  constexpr std::string_view kAnnotations[] = {"\"io.containerd.runc.v2.group\"", "\"io.kubernetes.cri.sandbox-id\""};
  const auto last = argv + argc;
  const auto flag = std::find_if(argv, last, [](const char* word) { return strcmp(word, "-id") == 0 || strcmp(word, "--id") == 0; });
  if (last - flag < 2) return false;
  const std::string own = '"' + std::string(flag[1]) + '"';
  const Fd file(open("config.json", O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  char bytes[kLooked];
  struct stat status = {};
  const bool regular = file.valid() && fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode);
  const ssize_t size = regular ? uninterrupted([&] { return read(file.get(), bytes, sizeof bytes); }) : 0;
  const std::string_view config(bytes, size < 0 ? 0 : static_cast<size_t>(size));
  for (const std::string_view annotation : kAnnotations) {
    size_t at = config.find(annotation);
    if (at == std::string_view::npos) continue;
    at = config.find('"', at + annotation.size());
    return at == std::string_view::npos || config.compare(at, own.size(), own) != 0;
  }
  return false;
}

}  // namespace

void prepareServer(int argc, char* const* argv) {
  if (!joinsGroup(argc, argv)) prepare();
}

void dismissServer() {
  if (prepared.pid < 0) return;
  const pid_t pid = std::exchange(prepared, {}).pid;
  kill(pid, SIGKILL);
  uninterrupted([&] { return waitpid(pid, nullptr, 0); });
}

pid_t handOver(int socket, const std::vector<std::string>& words, const char** call) {
  std::string text;
  for (const std::string& word : words) text.append(word).push_back('\0');
  // Somebody may have killed the prepared process meanwhile, for example the kernel when memory ran out. Then a new one is made.
  const bool early = prepared.pid >= 0;
  if (!early && (*call = prepare()) != nullptr) return -1;
  *call = "sendmsg";
  bool sent = sendOrder(prepared.orders.get(), socket, text);
  if (!sent && early && (errno == EPIPE || errno == ECONNRESET)) {
    dismissServer();
    if ((*call = prepare()) != nullptr) return -1;
    *call = "sendmsg";
    sent = sendOrder(prepared.orders.get(), socket, text);
  }
  return sent ? std::exchange(prepared, {}).pid : -1;
}

}  // namespace tsrun
