#include "standard_streams.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "../fd.h"
#include "../files/entries.h"
#include "../outcome.h"

namespace tsrun {
namespace {

constexpr int kStreams = 3;
constexpr const char* kNames[kStreams] = {"standard input", "standard output", "standard error"};

bool is_closed(int fd) { return ::fcntl(fd, F_GETFD) < 0; }

// In a multi-threaded program, another thread may have taken the number meanwhile; then it is open and stays as it is.
bool open_null_as(int number) {
  const int fd = uninterrupted([] { return ::open("/dev/null", O_RDWR | O_NOCTTY); });
  if (fd < 0) return false;
  struct stat s = {};
  const bool null = ::fstat(fd, &s) == 0 && S_ISCHR(s.st_mode) && s.st_rdev == makedev(1, 3);
  if (!null || fd > number) ::close(fd);
  if (!null) errno = ENODEV;
  return null;
}

// Checks all with one call: poll(2) reports POLLNVAL for a closed descriptor and for an O_PATH one (fdget() of the kernel skips those).
// Returns false with errno.
bool look(pollfd (&polled)[kStreams]) {
  return uninterrupted([&] { return ::poll(polled, kStreams, 0); }) >= 0;
}

// Whether a container may have this as a stream. A directory would be a way out of its root, by /proc/self/fd/0/.., and so would a file
// that an O_PATH descriptor names.
Outcome check(const pollfd& polled, const std::string& name) {
  if ((polled.revents & POLLNVAL) != 0) return Failure{EBADF, "hand over", name};
  struct stat s = {};
  if (::fstat(polled.fd, &s) < 0) return failed("fstat", name);
  return S_ISDIR(s.st_mode) ? Outcome(Failure{EISDIR, "hand over", name}) : done();
}

// A description of its own of the same pipe, which waits. -1 for anything else, or if the other end is gone.
int reopen_pipe(int fd, int flags) {
  struct stat s = {};
  if (::fstat(fd, &s) < 0 || !S_ISFIFO(s.st_mode)) return -1;
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  // open(2) of one end would otherwise wait for the other (fifo(7)).
  Fd own(uninterrupted([&] { return ::open(path.c_str(), (flags & O_ACCMODE) | O_NONBLOCK | O_CLOEXEC); }));
  if (!own.valid()) return -1;
  return ::fcntl(own.get(), F_SETFL, flags & ~(O_NONBLOCK | O_ACCMODE)) < 0 ? -1 : own.release();
}

// A copy that waits. Node.js makes its own pipes and sockets non-blocking, which belongs to the open file description (fcntl(2)): programs
// that do not expect it lose output. Node.js may do so at any time, so a pipe gets a description of its own. For what cannot have one, it
// is undone, as child_process does. -1 with errno.
int copy_that_waits(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0) return -1;
  const int own = reopen_pipe(fd, flags);
  if (own >= 0) return own;
  if ((flags & O_NONBLOCK) != 0 && ::fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0) return -1;
  return ::fcntl(fd, F_DUPFD_CLOEXEC, kStreams);
}

}  // namespace

bool open_standard_streams() {
  pollfd polled[kStreams] = {{0, 0, 0}, {1, 0, 0}, {2, 0, 0}};
  if (!look(polled)) return false;
  for (const pollfd& each : polled) {
    if ((each.revents & POLLNVAL) != 0 && is_closed(each.fd) && !open_null_as(each.fd)) return false;
  }
  return true;
}

namespace entries {

Outcome check_streams(const Arguments& a) {
  const IntegerList& stdio = a.integers(0);
  if (stdio.size() != kStreams) return Failure{EINVAL, "hand over", "standard streams"};
  pollfd polled[kStreams];
  for (size_t i = 0; i < kStreams; ++i) polled[i] = {static_cast<int>(stdio[i]), 0, 0};
  if (!look(polled)) return failed("poll", "standard streams");
  for (size_t i = 0; i < kStreams; ++i) {
    // A program that uses the library closed its own stream after the addon was loaded.
    const bool closed = (polled[i].revents & POLLNVAL) != 0 && polled[i].fd >= 0 && polled[i].fd < kStreams && is_closed(polled[i].fd);
    if (closed && !open_null_as(polled[i].fd)) return failed("open", "/dev/null");
    if (closed) polled[i].revents = 0;
    Outcome outcome = check(polled[i], kNames[i]);
    if (std::holds_alternative<Failure>(outcome)) return outcome;
  }
  return done();
}

Outcome copy_stream(const Arguments& a) {
  const int fd = a.fd(0);
  const std::string name = "descriptor " + std::to_string(fd);
  pollfd polled = {fd, 0, 0};
  if (uninterrupted([&] { return ::poll(&polled, 1, 0); }) < 0) return failed("poll", name);
  if (fd < 0) polled.revents = POLLNVAL;
  if ((polled.revents & POLLNVAL) != 0 && fd >= 0 && fd < kStreams && is_closed(fd)) {
    if (!open_null_as(fd)) return failed("open", "/dev/null");
    polled.revents = 0;
  }
  Outcome outcome = check(polled, name);
  if (std::holds_alternative<Failure>(outcome)) return outcome;
  if (is_own(fd)) return Failure{EBUSY, "hand over", name};
  Fd copy(copy_that_waits(fd));
  if (!copy.valid()) return failed("fcntl", name);
  return answer_fd(copy.release());
}

Outcome give_away(const Arguments& a) {
  disown(a.fd(0));
  return done();
}

}  // namespace entries
}  // namespace tsrun
