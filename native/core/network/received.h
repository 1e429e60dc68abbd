// Receiving data and a descriptor that comes with it.
#pragma once
#include <sys/socket.h>
#include <sys/types.h>

#include <cstring>

#include "../outcome.h"

namespace tsrun {

struct Received {
  // As recvmsg(2) returns it.
  ssize_t count;
  // msg_flags.
  int flags;
  // -1 if none came. The caller closes it.
  int fd = -1;
};

// Does not wait for a peer that sends nothing. More descriptors than one are closed.
inline Received receive_with_fd(int socket, void* data, size_t size) {
  iovec part = {data, size};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  // Exclude the buffer's padding, which has room for a second descriptor: the kernel closes those that do not fit.
  message.msg_controllen = CMSG_LEN(sizeof(int));
  const ssize_t count = uninterrupted([&] { return ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT); });
  Received received{count, message.msg_flags};
  if (count < 0) return received;
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
      std::memcpy(&received.fd, CMSG_DATA(c), sizeof received.fd);
  }
  return received;
}

}  // namespace tsrun
