// The server's side of Unix sockets, without waiting: an event loop does that.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "../files/entries.h"
#include "../outcome.h"

namespace tsrun::entries {

Outcome accept_unix(const Arguments& a) {
  const int socket = a.fd(0);
  const int fd = uninterrupted([&] { return ::accept4(socket, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK); });
  if (fd < 0) return failed_on("accept4", socket);
  return answer_fd(fd);
}

Outcome send_some(const Arguments& a) {
  const int socket = a.fd(0);
  const Bytes& data = a.bytes(1);
  const size_t from = std::min(static_cast<size_t>(std::max<int64_t>(a.integer(2), 0)), data.size());
  constexpr int kFlags = MSG_NOSIGNAL | MSG_DONTWAIT;
  const ssize_t count = uninterrupted([&] { return ::send(socket, data.data() + from, data.size() - from, kFlags); });
  if (count < 0) return failed_on("sendto", socket);
  return answer(int64_t{count});
}

}  // namespace tsrun::entries
