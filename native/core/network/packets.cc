// Messages of sockets that keep them apart (SOCK_SEQPACKET of unix(7)).
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "../fd.h"
#include "../files/entries.h"
#include "../outcome.h"
#include "../own.h"

namespace tsrun::entries {

Outcome receive_packet(const Arguments& a) {
  const int socket = a.fd(0);
  Bytes bytes(static_cast<size_t>(std::clamp<int64_t>(a.integer(1), 1, 1 << 20)));
  iovec part = {bytes.data(), bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  // Without the padding, which has room for a second descriptor: the kernel closes those that do not fit.
  message.msg_controllen = CMSG_LEN(sizeof(int));
  const ssize_t count = uninterrupted([&] { return ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT); });
  if (count < 0) return failed_on("recvmsg", socket);
  int64_t number = -1;
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(int))) continue;
    int received;
    std::memcpy(&received, CMSG_DATA(c), sizeof received);
    Fd fd(received);
    if (!fd.valid()) return failed("fcntl");
    if ((message.msg_flags & MSG_TRUNC) == 0) number = hand_out(std::move(fd));
  }
  if ((message.msg_flags & MSG_TRUNC) != 0) return Failure{EMSGSIZE, "recvmsg", "fd " + std::to_string(socket)};
  bytes.resize(static_cast<size_t>(count));
  return answer(Record{{"data", std::move(bytes)}, {"fd", number}});
}

}  // namespace tsrun::entries
