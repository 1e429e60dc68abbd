// Requests to rtnetlink(7), one at a time. The socket belongs to the network namespace in which it was created.
#pragma once
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "../fd.h"

namespace tsrun {

// Builds a request: header, family header, attributes.
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
  // Opens a socket in the network namespace of the calling thread. On failure valid() is false and errno is set.
  Netlink();
  bool valid() const { return socket_.valid(); }
  // Sends the request and waits for the acknowledgement; passes the messages of a dump to `each`. Returns false with the kernel's errno.
  bool talk(const NetlinkRequest& request, const std::function<void(const nlmsghdr&)>& each = nullptr);

 private:
  Fd socket_;
};

// Returns the data of an attribute in a message, or null.
const rtattr* find_attribute(const rtattr* first, size_t size, uint16_t type);

}  // namespace tsrun
