#include "send_plan.h"

#include <poll.h>
#include <sys/socket.h>

#include <cstring>
#include <vector>

#include "../files/entries.h"
#include "../outcome.h"

namespace tsrun {
namespace {

// SCM_MAX_FD of the kernel: the maximum for one message.
constexpr size_t kMostHanded = 253;

// libuv makes the sockets it polls non-blocking, and a plan with a large seccomp filter may exceed the socket's buffer. A stopped process
// never reads, so bound the wait of the caller's event loop.
bool can_write(int socket) {
  constexpr int kMilliseconds = 10'000;
  pollfd wait = {socket, POLLOUT, 0};
  const int ready = uninterrupted([&] { return ::poll(&wait, 1, kMilliseconds); });
  if (ready == 0) errno = ETIMEDOUT;
  return ready > 0;
}

// A stream socket carries descriptors only together with a byte (unix(7)).
bool hand_over(int socket, const std::vector<int>& fds) {
  char byte = 0;
  iovec part = {&byte, sizeof byte};
  const size_t size = fds.size() * sizeof(int);
  std::vector<char> control(CMSG_SPACE(size));
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(size);
  std::memcpy(CMSG_DATA(header), fds.data(), size);
  return uninterrupted([&] { return ::sendmsg(socket, &message, MSG_NOSIGNAL); }) > 0;
}

}  // namespace

bool send_all(int socket, const uint8_t* data, size_t size) {
  while (size > 0) {
    const ssize_t count = uninterrupted([&] { return ::send(socket, data, size, MSG_NOSIGNAL); });
    if (count < 0 && errno == EAGAIN && can_write(socket)) continue;  // Otherwise errno is that of can_write().
    if (count < 0) return false;
    data += count;
    size -= static_cast<size_t>(count);
  }
  return true;
}

size_t send_at_once(int socket, const uint8_t* data, size_t size) {
  const ssize_t count = uninterrupted([&] { return ::send(socket, data, size, MSG_NOSIGNAL | MSG_DONTWAIT); });
  return count < 0 ? 0 : static_cast<size_t>(count);
}

namespace entries {

Outcome send_plan(const Arguments& a) {
  const int socket = a.fd(0);
  const Bytes& plan = a.bytes(1);
  if (a.has(2) != a.has(3)) return Failure{EINVAL, "sendmsg", "fd " + std::to_string(socket)};
  if (a.has(2)) {
    const IntegerList& fds = a.integers(2);
    const IntegerList& stdio = a.integers(3);
    if (stdio.size() != 3 || fds.size() > kMostHanded - stdio.size()) return Failure{EINVAL, "sendmsg", "fd " + std::to_string(socket)};
    std::vector<int> handed;
    for (const IntegerList* list : {&stdio, &fds}) {
      for (const int64_t fd : *list) handed.push_back(static_cast<int>(fd));
    }
    if (!hand_over(socket, handed)) return failed_on("sendmsg", socket);
  }
  if (!send_all(socket, plan.data(), plan.size())) return failed_on("send", socket);
  return done();
}

}  // namespace entries
}  // namespace tsrun
