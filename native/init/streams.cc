#include "streams.h"

#include "base/poll.h"
#include "base/sys.h"

namespace tsrun::init {

bool streams_are_open() {
  constexpr short kInvalid = 0x20;  // POLLNVAL: closed, or an O_PATH descriptor.
  Poll polls[3] = {{0, 0, 0}, {1, 0, 0}, {2, 0, 0}};
  const int64_t at_once[2] = {0, 0};
  const long result = sys::uninterrupted([&] { return sys::call(__NR_ppoll, polls, 3, at_once, nullptr, 0); });
  if (result < 0) return false;
  for (const Poll& poll : polls) {
    if ((poll.revents & kInvalid) != 0) return false;
  }
  return true;
}

}  // namespace tsrun::init
