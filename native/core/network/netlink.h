// Requests to rtnetlink(7), one at a time, over a socket that belongs to the network namespace in which it was made.
#pragma once
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "../fd.h"

namespace tsrun {

// A request that is built up: header, family header, attributes.
class NetlinkRequest {
 public:
  NetlinkRequest(uint16_t type, uint16_t flags, const void* family, size_t family_size);
  void add(uint16_t attribute, const void* data, size_t size);
  const std::vector<uint8_t>& bytes() const { return bytes_; }

 private:
  void append(const void* data, size_t size);
  nlmsghdr* header() { return reinterpret_cast<nlmsghdr*>(bytes_.data()); }

  std::vector<uint8_t> bytes_;
};

class Netlink {
 public:
  // In the network namespace of the calling thread. valid() is false with errno where it cannot be made.
  Netlink();
  bool valid() const { return socket_.valid(); }
  // Sends, and waits for the acknowledgement; messages of a dump go to `each`. False with the kernel's errno.
  bool talk(const NetlinkRequest& request, const std::function<void(const nlmsghdr&)>& each = nullptr);

 private:
  Fd socket_;
};

// The data of an attribute in a message, or null.
const rtattr* find_attribute(const rtattr* first, size_t size, uint16_t type);

}  // namespace tsrun
