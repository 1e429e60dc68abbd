// Reads files: whole, with a size limit, as strict UTF-8 or as bytes.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "../fd.h"
#include "../outcome.h"
#include "entries.h"
#include "utf8.h"

namespace tsrun::entries {
namespace {

constexpr size_t kFirstChunk = 4096;

// Reads to the end, at most `limit` bytes. Container is std::string or Bytes. Returns false with errno: EFBIG if the file is larger, EINVAL
// if it is to be regular and is a pipe or a device.
template <typename Container>
bool read_all(int fd, int64_t limit_given, Container& into, bool regular = false) {
  const auto limit = static_cast<size_t>(std::max<int64_t>(limit_given, 0));
  struct stat s = {};
  if (::fstat(fd, &s) < 0) return false;
  // For a directory, read(2) has EISDIR.
  if (regular && !S_ISREG(s.st_mode) && !S_ISDIR(s.st_mode)) return errno = EINVAL, false;
  if (S_ISREG(s.st_mode) && s.st_size > 0 && static_cast<size_t>(s.st_size) > limit) return errno = EFBIG, false;
  // Ask for one byte more than the file's size. /proc and /sys report a size of 0 or one page.
  const size_t size = S_ISREG(s.st_mode) && s.st_size > 0 ? static_cast<size_t>(s.st_size) : 0;
  size_t room = size > 0 ? size + 1 : kFirstChunk;
  size_t length = 0;
  for (;;) {
    into.resize(std::min(room, limit + 1));
    const ssize_t count = uninterrupted([&] { return ::read(fd, into.data() + length, into.size() - length); });
    if (count < 0) return false;
    if (count == 0) break;
    length += static_cast<size_t>(count);
    if (length > limit) return errno = EFBIG, false;
    // As large as it said, and a regular file returns less than it was asked for only at its end (read(2)).
    if (length == size && length < into.size()) break;
    if (length == into.size()) room = length * 2;
  }
  into.resize(length);
  return true;
}

// We created the held directory and the files in it, so anything else is an attack: do not follow a symlink, and do not wait for a FIFO.
// Nor for the FIFO that stands in the place of a regular file.
Fd open_for_reading(int directory, const std::string& path, bool regular = false) {
  const int ours = directory < 0 ? 0 : O_NOFOLLOW | O_NONBLOCK;
  const int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | ours | (regular ? O_NONBLOCK : 0);
  return Fd(uninterrupted([&] { return ::openat(directory < 0 ? AT_FDCWD : directory, path.c_str(), flags); }));
}

Outcome text_or_failure(int fd, int64_t limit, const std::string& subject, bool regular = false) {
  std::string text;
  if (!read_all(fd, limit, text, regular)) return failed("read", subject);
  if (!is_utf8(text)) return Failure{EILSEQ, "read", subject};
  return answer(std::move(text));
}

}  // namespace

Outcome read_text(const Arguments& a) {
  const std::string& path = a.text(0);
  const bool regular = a.has(3) && a.boolean(3);
  const Fd fd = open_for_reading(a.fd(2), path, regular);
  if (!fd.valid()) return failed("open", path);
  return text_or_failure(fd.get(), a.integer(1), path, regular);
}

Outcome read_fd(const Arguments& a) { return text_or_failure(a.fd(0), a.integer(1), "fd " + std::to_string(a.fd(0))); }

Outcome read_bytes(const Arguments& a) {
  const std::string& path = a.text(0);
  const Fd fd = open_for_reading(-1, path);
  if (!fd.valid()) return failed("open", path);
  Bytes bytes;
  if (!read_all(fd.get(), a.integer(1), bytes)) return failed("read", path);
  return answer(std::move(bytes));
}

Outcome read_some(const Arguments& a) {
  const int fd = a.fd(0);
  Bytes bytes(static_cast<size_t>(std::clamp<int64_t>(a.integer(1), 0, 1 << 20)));
  const ssize_t count = uninterrupted([&] { return ::read(fd, bytes.data(), bytes.size()); });
  if (count < 0) return failed_on("read", fd);
  bytes.resize(static_cast<size_t>(count));
  return answer(std::move(bytes));
}

}  // namespace tsrun::entries
