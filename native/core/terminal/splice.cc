// Moves data between a terminal and a pipe inside the kernel.
#include <fcntl.h>

#include <algorithm>

#include "../files/entries.h"
#include "../outcome.h"

namespace tsrun::entries {

Outcome splice(const Arguments& a) {
  const int from = a.fd(0);
  const auto limit = static_cast<size_t>(std::max<int64_t>(a.integer(2), 0));
  const ssize_t count = uninterrupted([&] { return ::splice(from, nullptr, a.fd(1), nullptr, limit, SPLICE_F_NONBLOCK | SPLICE_F_MOVE); });
  if (count < 0) return failed_on("splice", from);
  return answer(int64_t{count});
}

Outcome set_non_blocking(const Arguments& a) {
  const int fd = a.fd(0);
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) return failed_on("fcntl", fd);
  return done();
}

}  // namespace tsrun::entries
