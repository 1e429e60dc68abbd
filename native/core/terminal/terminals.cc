// Questions about terminals: whether a descriptor is one, and its size. supervise.cc copies their data.
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../files/entries.h"
#include "../outcome.h"

namespace tsrun::entries {

Outcome is_terminal(const Arguments& a) { return answer(::isatty(a.fd(0)) == 1); }

Outcome terminal_size(const Arguments& a) {
  winsize size = {};
  if (::ioctl(a.fd(0), TIOCGWINSZ, &size) < 0) return failed_on("TIOCGWINSZ", a.fd(0));
  return answer(Record{{"rows", int64_t{size.ws_row}}, {"columns", int64_t{size.ws_col}}});
}

Outcome resize_terminal(const Arguments& a) {
  winsize size = {};
  size.ws_row = static_cast<unsigned short>(a.integer(1));
  size.ws_col = static_cast<unsigned short>(a.integer(2));
  if (::ioctl(a.fd(0), TIOCSWINSZ, &size) < 0) return failed_on("TIOCSWINSZ", a.fd(0));
  return done();
}

// TIOCGPTPEER (4.13) needs no path, so it also works for the terminal of another mount namespace.
Outcome open_terminal(const Arguments& a) {
  const int peer = ::ioctl(a.fd(0), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (peer < 0) return failed_on("TIOCGPTPEER", a.fd(0));
  return answer_fd(peer);
}

}  // namespace tsrun::entries
