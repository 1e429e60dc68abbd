#include "netlink.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "../outcome.h"

namespace tsrun {

NetlinkRequest::NetlinkRequest(uint16_t type, uint16_t flags, const void* family, size_t family_size) {
  nlmsghdr start = {};
  start.nlmsg_type = type;
  start.nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
  append(&start, sizeof start);
  append(family, family_size);
}

void NetlinkRequest::add(uint16_t attribute, const void* data, size_t size) {
  const rtattr start = {static_cast<uint16_t>(RTA_LENGTH(size)), attribute};
  append(&start, sizeof start);
  append(data, size);
}

void NetlinkRequest::append(const void* data, size_t size) {
  const auto* from = static_cast<const uint8_t*>(data);
  bytes_.insert(bytes_.end(), from, from + size);
  bytes_.resize(NLMSG_ALIGN(bytes_.size()));
  header()->nlmsg_len = static_cast<uint32_t>(bytes_.size());
}

Netlink::Netlink() : socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)) {}

bool Netlink::talk(const NetlinkRequest& request, const std::function<void(const nlmsghdr&)>& each) {
  const auto& bytes = request.bytes();
  if (uninterrupted([&] { return ::send(socket_.get(), bytes.data(), bytes.size(), 0); }) < 0) return false;
  alignas(nlmsghdr) char buffer[32768];
  for (;;) {
    const ssize_t size = uninterrupted([&] { return ::recv(socket_.get(), buffer, sizeof buffer, 0); });
    if (size < 0) return false;
    auto left = static_cast<unsigned>(size);
    for (const auto* message = reinterpret_cast<const nlmsghdr*>(buffer); NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_type == NLMSG_DONE) return true;
      if (message->nlmsg_type == NLMSG_ERROR) {
        const auto* error = static_cast<const nlmsgerr*>(NLMSG_DATA(message));
        errno = -error->error;
        return error->error == 0;
      }
      if (each) each(*message);
    }
  }
}

const rtattr* find_attribute(const rtattr* first, size_t size, uint16_t type) {
  auto left = static_cast<int>(size);
  for (const rtattr* attribute = first; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    if (attribute->rta_type == type) return attribute;
  }
  return nullptr;
}

}  // namespace tsrun
