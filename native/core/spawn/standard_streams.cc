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
  Outcome outcome = check(polled, name);
  if (std::holds_alternative<Failure>(outcome)) return outcome;
  if (is_own(fd)) return Failure{EBUSY, "hand over", name};
  Fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, kStreams));
  if (!copy.valid()) return failed("fcntl", name);
  return answer_fd(copy.release());
}

Outcome give_away(const Arguments& a) {
  disown(a.fd(0));
  return done();
}

}  // namespace entries
}  // namespace tsrun
