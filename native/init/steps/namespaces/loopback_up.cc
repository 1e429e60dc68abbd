#include "../../steps.h"

namespace tsrun::init::steps {

Result loopback_up(State& state, const operations::LoopbackUp&) {
  constexpr int kUnix = 1, kDatagram = 2, kCloexec = O_CLOEXEC;
  constexpr long kSetInterfaceFlags = 0x8914;  // SIOCSIFFLAGS
  constexpr short kUp = 1;
  // Any socket can configure the interfaces of its network namespace (netdevice(7)), and kernels without IPv4 have this type.
  Fd socket;
  long result = socket.take(sys::call(__NR_socket, kUnix, kDatagram | kCloexec, 0));
  if (result < 0) return failed(state, Step::kSocket, result);
  // struct ifreq.
  struct {
    char name[16] = "lo";
    short flags = kUp;
    char rest[22] = {};
  } request;
  static_assert(sizeof request == 40);
  result = sys::call(__NR_ioctl, socket.get(), kSetInterfaceFlags, &request);
  return result < 0 ? failed(state, Step::kIoctl, result) : kDone;
}

}  // namespace tsrun::init::steps
