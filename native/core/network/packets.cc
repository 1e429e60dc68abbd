// Messages of sockets that keep them apart (SOCK_SEQPACKET of unix(7)).
#include <sys/socket.h>

#include <algorithm>

#include "../fd.h"
#include "../files/entries.h"
#include "../outcome.h"
#include "../own.h"
#include "received.h"

namespace tsrun::entries {

Outcome receive_packet(const Arguments& a) {
  const int socket = a.fd(0);
  Bytes bytes(static_cast<size_t>(std::clamp<int64_t>(a.integer(1), 1, 1 << 20)));
  const Received received = receive_with_fd(socket, bytes.data(), bytes.size());
  if (received.count < 0) return failed_on("recvmsg", socket);
  Fd fd;
  if (received.fd >= 0) {
    fd = Fd(received.fd);
    if (!fd.valid()) return failed("fcntl");
  }
  if ((received.flags & MSG_TRUNC) != 0) return Failure{EMSGSIZE, "recvmsg", "fd " + std::to_string(socket)};
  bytes.resize(static_cast<size_t>(received.count));
  const int64_t number = fd.valid() ? hand_out(std::move(fd)) : -1;
  return answer(Record{{"data", std::move(bytes)}, {"fd", number}});
}

}  // namespace tsrun::entries
