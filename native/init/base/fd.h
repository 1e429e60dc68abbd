// A descriptor with one owner.
#pragma once
#include "sys.h"

namespace tsrun::init {

class Fd {
 public:
  Fd() = default;
  explicit Fd(long fd) : fd_(fd < 0 ? -1 : static_cast<int>(fd)) {}
  ~Fd() { reset(); }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }
  void reset(long fd = -1) {
    if (fd_ >= 0) sys::close(fd_);
    fd_ = fd < 0 ? -1 : static_cast<int>(fd);
  }
  // Takes the result of a system call that opens something, and returns it.
  long take(long result) {
    reset(result);
    return result;
  }

 private:
  int fd_ = -1;
};

}  // namespace tsrun::init
