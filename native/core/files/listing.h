// The names in a directory.
#pragma once
#include <dirent.h>
#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "../fd.h"
#include "../outcome.h"

namespace tsrun {

class Listing {
 public:
  // Takes the descriptor, as fdopendir(3) does.
  explicit Listing(Fd directory) : stream_(directory.valid() ? ::fdopendir(directory.get()) : nullptr) {
    if (stream_ != nullptr) directory.release();
  }
  // Of a directory whose descriptor stays the caller's.
  explicit Listing(int directory)
      : Listing(Fd(uninterrupted([&] { return ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); }))) {}
  // Keeps errno.
  ~Listing() {
    const int error = errno;
    if (stream_ != nullptr) ::closedir(stream_);
    errno = error;
  }
  Listing(const Listing&) = delete;
  Listing& operator=(const Listing&) = delete;

  // Otherwise errno says why not.
  bool valid() const { return stream_ != nullptr; }

  // The next name but "." and "..". Null at the end, where errno is 0, or on a failure.
  const char* next() {
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(stream_);
      if (entry == nullptr) return nullptr;
      if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0) return entry->d_name;
    }
  }

 private:
  DIR* stream_;
};

}  // namespace tsrun
