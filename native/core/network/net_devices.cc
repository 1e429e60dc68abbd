// Moves a network device of the host into a container (config-linux.md, "Network Devices"). It keeps its name or gets a new one, and keeps
// its permanent addresses of global scope, which the kernel drops in the move.
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sched.h>

#include <cstring>
#include <vector>

#include "../fd.h"
#include "../files/entries.h"
#include "../outcome.h"
#include "netlink.h"

namespace tsrun::entries {
namespace {

// Keeps the calling thread in another network namespace while this object lives.
class InNetwork {
 public:
  explicit InNetwork(int network) : own_(uninterrupted([&] { return ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC); })) {
    entered_ = own_.valid() && ::setns(network, CLONE_NEWNET) == 0;
  }
  ~InNetwork() {
    const int kept = errno;
    if (entered_) ::setns(own_.get(), CLONE_NEWNET);
    errno = kept;
  }
  InNetwork(const InNetwork&) = delete;
  InNetwork& operator=(const InNetwork&) = delete;
  bool entered() const { return entered_; }

 private:
  Fd own_;
  bool entered_ = false;
};

struct Address {
  ifaddrmsg header;
  std::vector<std::pair<uint16_t, std::vector<uint8_t>>> attributes;
};

// The attributes that define an address. Labels contain the old name, and lifetimes belong to addresses that are not permanent.
bool is_kept(uint16_t attribute) { return attribute == IFA_LOCAL || attribute == IFA_ADDRESS || attribute == IFA_BROADCAST; }

bool read_addresses(Netlink& netlink, unsigned index, std::vector<Address>& addresses) {
  const ifaddrmsg all = {};
  NetlinkRequest request(RTM_GETADDR, NLM_F_DUMP, &all, sizeof all);
  return netlink.talk(request, [&](const nlmsghdr& message) {
    if (message.nlmsg_type != RTM_NEWADDR) return;
    const auto* header = static_cast<const ifaddrmsg*>(NLMSG_DATA(&message));
    const bool permanent = (header->ifa_flags & IFA_F_PERMANENT) != 0;
    if (header->ifa_index != index || header->ifa_scope != RT_SCOPE_UNIVERSE || !permanent) return;
    Address address = {*header, {}};
    auto left = static_cast<int>(IFA_PAYLOAD(&message));
    for (const rtattr* attribute = IFA_RTA(header); RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
      if (!is_kept(attribute->rta_type)) continue;
      const auto* data = static_cast<const uint8_t*>(RTA_DATA(attribute));
      address.attributes.emplace_back(attribute->rta_type, std::vector<uint8_t>(data, data + RTA_PAYLOAD(attribute)));
    }
    addresses.push_back(std::move(address));
  });
}

bool add_address(Netlink& netlink, unsigned index, const Address& address) {
  ifaddrmsg header = {};
  header.ifa_family = address.header.ifa_family;
  header.ifa_prefixlen = address.header.ifa_prefixlen;
  header.ifa_scope = address.header.ifa_scope;
  header.ifa_index = index;
  NetlinkRequest request(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
  for (const auto& [type, data] : address.attributes) request.add(type, data.data(), data.size());
  return netlink.talk(request);
}

bool set_up(Netlink& netlink, unsigned index, bool up) {
  ifinfomsg link = {};
  link.ifi_index = static_cast<int>(index);
  link.ifi_change = IFF_UP;
  if (up) link.ifi_flags = IFF_UP;
  return netlink.talk(NetlinkRequest(RTM_NEWLINK, NLM_F_ACK, &link, sizeof link));
}

// Renames in the same request, so that the device never has a name that is taken in either namespace.
bool move(Netlink& netlink, unsigned index, int network, const std::string& name) {
  ifinfomsg link = {};
  link.ifi_index = static_cast<int>(index);
  NetlinkRequest request(RTM_NEWLINK, NLM_F_ACK, &link, sizeof link);
  const auto descriptor = static_cast<uint32_t>(network);
  request.add(IFLA_NET_NS_FD, &descriptor, sizeof descriptor);
  request.add(IFLA_IFNAME, name.c_str(), name.size() + 1);
  return netlink.talk(request);
}

}  // namespace

Outcome move_net_device(const Arguments& a) {
  const std::string& name = a.text(0);
  const std::string& new_name = a.text(1);
  const int network = a.fd(2);
  const unsigned index = ::if_nametoindex(name.c_str());
  if (index == 0) return failed("if_nametoindex", name);
  Netlink here;
  if (!here.valid()) return failed("socket", name);
  std::vector<Address> addresses;
  if (!read_addresses(here, index, addresses)) return failed("RTM_GETADDR", name);
  // Before Linux 6.2 a device that is up cannot be renamed.
  if (!set_up(here, index, false)) return failed("RTM_NEWLINK", name);
  if (!move(here, index, network, new_name)) return failed("RTM_NEWLINK", name);

  const InNetwork inside(network);
  if (!inside.entered()) return failed("setns", name);
  const unsigned new_index = ::if_nametoindex(new_name.c_str());
  if (new_index == 0) return failed("if_nametoindex", new_name);
  Netlink there;
  if (!there.valid()) return failed("socket", new_name);
  for (const Address& address : addresses) {
    if (!add_address(there, new_index, address)) return failed("RTM_NEWADDR", new_name);
  }
  if (!set_up(there, new_index, true)) return failed("RTM_NEWLINK", new_name);
  return done();
}

}  // namespace tsrun::entries
