// Our end of the stream socket to tsrun-init: fixed-size messages in (native/plan_format.h), four bytes out.
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "../plan_format.h"
#include "entries.h"
#include "fd.h"
#include "outcome.h"

namespace tsrun::entries {
namespace {

using plan::Message;

// One recvmsg(2); a descriptor that comes along goes to `fd`, the kernel closes what does not fit.
ssize_t receive_some(int socket, char* into, size_t size, Fd& fd) {
  iovec part = {into, size};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t count = uninterrupted([&] { return ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC); });
  if (count < 0) return count;
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(int))) continue;
    int received;
    std::memcpy(&received, CMSG_DATA(c), sizeof received);
    fd.reset(received);
  }
  return count;
}

}  // namespace

Outcome receive(const Arguments& a) {
  const int socket = a.fd(0);
  Message message = {};
  char* const bytes = reinterpret_cast<char*>(&message);
  Fd fd;
  size_t length = 0;
  while (length < sizeof message) {
    const ssize_t count = receive_some(socket, bytes + length, sizeof message - length, fd);
    // A peer that died with the plan unread resets the connection: closed, as well.
    if (count < 0 && errno != ECONNRESET) return failed_on("recvmsg", socket);
    if (count <= 0) {
      message = {};
      fd.reset();
      break;
    }
    length += static_cast<size_t>(count);
  }
  const size_t text_length = std::min<size_t>(message.text_length, sizeof message.text);
  return answer(Record{{"type", int64_t{message.type}},
                       {"operation", int64_t{message.operation}},
                       {"step", int64_t{message.step}},
                       {"errno", int64_t{message.error}},
                       {"value", message.value},
                       {"op", int64_t{message.op}},
                       {"text", std::string(message.text, text_length)},
                       {"fd", hand_out(std::move(fd))}});
}

Outcome has_unread(const Arguments& a) {
  int queued = 0;
  if (::ioctl(a.fd(0), SIOCOUTQ, &queued) < 0) return failed_on("ioctl", a.fd(0));
  return answer(queued > 0);
}

Outcome reply(const Arguments& a) {
  const int socket = a.fd(0);
  const auto value = static_cast<uint32_t>(a.integer(1));
  if (uninterrupted([&] { return ::send(socket, &value, sizeof value, MSG_NOSIGNAL); }) < 0) return failed_on("send", socket);
  return done();
}

}  // namespace tsrun::entries
