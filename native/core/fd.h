// A file descriptor with one owner.
#pragma once
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace tsrun {

// Returns a descriptor that is not 0, 1 or 2. If a program has closed one of those, the next descriptor that is opened gets its number, and
// that number is handed to containers as a standard stream. Returns -1 with errno if no other number is free.
inline int beside_standard_streams(int fd) {
  constexpr int kFirst = 3;
  if (fd < 0 || fd >= kFirst) return fd;
  const int moved = ::fcntl(fd, F_DUPFD_CLOEXEC, kFirst);
  const int kept = errno;
  ::close(fd);
  errno = kept;
  return moved;
}

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(beside_standard_streams(fd)) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  bool valid() const { return fd_ >= 0; }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

  // Preserves errno, so that cleaning up does not hide the failure that is being reported.
  void reset(int fd = -1) {
    const int kept = errno;
    if (fd_ >= 0) ::close(fd_);
    errno = kept;
    fd_ = beside_standard_streams(fd);
  }

  // close(2) for callers that check errno: a file system may report a failed write only here. Linux frees the descriptor in any case.
  bool close() {
    const int fd = release();
    return ::close(fd) == 0 || errno == EINTR;
  }

 private:
  int fd_ = -1;
};

}  // namespace tsrun
