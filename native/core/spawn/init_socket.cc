// Our end of the stream socket to tsrun-init: receives fixed-size messages (native/plan_format.h) and sends four bytes.
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "../../plan_format.h"
#include "../fd.h"
#include "../files/entries.h"
#include "../outcome.h"
#include "../raw.h"
#include "in_passing.h"

namespace tsrun::entries {
namespace {

using plan::Message;

// What accompanied a message.
struct Along {
  // The process that wrote it, according to the kernel (SO_PASSCRED of unix(7)).
  pid_t sender = 0;
  // The first descriptor. Further ones can only be an attempt to fill our table, and are closed.
  Fd fd;
};

void take_descriptors(const cmsghdr* rights, Along& along) {
  const size_t count = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  for (size_t i = 0; i < count; ++i) {
    int number;
    std::memcpy(&number, CMSG_DATA(rights) + i * sizeof number, sizeof number);
    Fd received(number);
    if (!along.fd.valid()) along.fd = std::move(received);
  }
}

// One recvmsg(2). The kernel never merges what two processes wrote, and closes descriptors that do not fit.
ssize_t receive_some(int socket, Message& message, Along& along) {
  iovec part = {&message, sizeof message};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred)) + CMSG_SPACE(sizeof(int))];
  msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  const ssize_t count = uninterrupted([&] { return ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC); });
  if (count < 0) return count;
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level != SOL_SOCKET) continue;
    if (c->cmsg_type == SCM_RIGHTS) take_descriptors(c, along);
    if (c->cmsg_type != SCM_CREDENTIALS || c->cmsg_len != CMSG_LEN(sizeof(ucred))) continue;
    ucred credentials;
    std::memcpy(&credentials, CMSG_DATA(c), sizeof credentials);
    along.sender = credentials.pid;
  }
  return count;
}

}  // namespace

Outcome receive(const Arguments& a) {
  const int socket = a.fd(0);
  Message message = {};
  Along along;
  const ssize_t count = receive_some(socket, message, along);
  // A peer that died before it read the plan resets the connection, which also means closed.
  if (count < 0 && errno != ECONNRESET) return failed_on("recvmsg", socket);
  // tsrun-init writes a message in one call, and the kernel does not split it. A shorter one is from somebody who wants us to wait for the
  // rest.
  if (count > 0 && static_cast<size_t>(count) < sizeof message) return Failure{EBADMSG, "recvmsg", "fd " + std::to_string(socket)};
  if (!a.boolean(1)) along.fd.reset();
  const size_t text_length = std::min<size_t>(message.text_length, sizeof message.text);
  return answer(Record{{"type", int64_t{message.type}},
                       {"operation", int64_t{message.operation}},
                       {"step", int64_t{message.step}},
                       {"errno", int64_t{message.error}},
                       {"value", message.value},
                       {"op", int64_t{message.op}},
                       {"text", std::string(message.text, text_length)},
                       {"sender", int64_t{along.sender}},
                       {"fd", hand_out(std::move(along.fd))}});
}

Outcome has_unread(const Arguments& a) {
  int queued = 0;
  if (::ioctl(a.fd(0), SIOCOUTQ, &queued) < 0) return failed_on("ioctl", a.fd(0));
  return answer(queued > 0);
}

Outcome reply(const Arguments& a) {
  const int socket = a.fd(0);
  const auto value = static_cast<uint32_t>(a.integer(1));
  const bool passing = a.has(2) && a.boolean(2);
  const auto send = [&]() -> long {
    // There is nobody whom SIGPIPE could end: every signal is blocked there.
    if (passing) return in_passing({SYS_write, socket, {raw::address(&value), sizeof value}, -1});
    return ::send(socket, &value, sizeof value, MSG_NOSIGNAL);
  };
  const long sent = uninterrupted(send);
  if (sent < 0) return failed_on(call_in_passing(sent, "send"), socket);
  return done();
}

}  // namespace tsrun::entries
