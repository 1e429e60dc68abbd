// One owner per file descriptor.
#pragma once
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace tsrun {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
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

  // Keeps errno, so that a failure that is being reported is not lost to the clean-up.
  void reset(int fd = -1) {
    const int kept = errno;
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
    errno = kept;
  }

  // close(2) whose errno matters: a file system may report a failed write only here. Linux frees the descriptor in any case.
  bool close() {
    const int fd = release();
    return ::close(fd) == 0 || errno == EINTR;
  }

 private:
  int fd_ = -1;
};

}  // namespace tsrun
