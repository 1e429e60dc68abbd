#include "home.h"

#include "resolve.h"

namespace tsrun::init {
namespace {

// The file is the container's: it may be anything, of any size.
constexpr uint64_t kMostBytes = 4 << 20;
constexpr uint32_t kHomeField = 5;

// The number in a field, or -1.
int64_t number(const Text& field) {
  if (field.empty() || field.size > 10) return -1;
  int64_t value = 0;
  for (uint32_t i = 0; i < field.size; ++i) {
    if (field.data[i] < '0' || field.data[i] > '9') return -1;
    value = value * 10 + (field.data[i] - '0');
  }
  return value;
}

// name:password:UID:GID:GECOS:directory:shell (passwd(5))
bool matches(const Text& line, uint32_t uid, Text& home) {
  uint32_t start = 0;
  for (uint32_t field = 0; field <= kHomeField; ++field) {
    if (start > line.size) return false;
    const uint32_t end = find(line, ':', start);
    const Text text = {line.data + start, end - start};
    if (field == 2 && number(text) != int64_t{uid}) return false;
    if (field == kHomeField) home = text;
    start = end + 1;
  }
  return !home.empty();
}

// Calls for every line that fits into the buffer, until one matches.
bool search(int fd, uint32_t uid, Path& home) {
  char buffer[8192];
  uint32_t filled = 0;
  for (uint64_t total = 0; total < kMostBytes;) {
    const long count = sys::read(fd, buffer + filled, sizeof buffer - filled);
    if (count <= 0 && filled == 0) return false;
    if (count > 0) filled += static_cast<uint32_t>(count), total += static_cast<uint64_t>(count);
    uint32_t start = 0;
    for (;;) {
      const uint32_t end = find(Text{buffer, filled}, '\n', start);
      // The last line may have no end.
      if (end == filled && count > 0) break;
      Text found;
      if (matches(Text{buffer + start, end - start}, uid, found)) return home.add(found), !home.full();
      start = end + 1;
      if (start >= filled) break;
    }
    if (count <= 0) return false;
    // A line longer than the buffer is no entry.
    const uint32_t rest = start < filled ? filled - start : 0;
    filled = rest == sizeof buffer ? 0 : rest;
    memmove(buffer, buffer + start, filled);
  }
  return false;
}

}  // namespace

void find_home(State& state, uint32_t uid) {
  constexpr unsigned kTypeMask = 0170000, kRegular = 0100000;
  state.home.clear().add("HOME=");
  const uint32_t prefix = state.home.size();
  const Fd fd(open_in_root(state, "/etc/passwd", O_RDONLY | O_NONBLOCK));
  struct statx status;
  const bool usable = fd.valid() && sys::stat(fd.get(), status) == 0 && (status.stx_mode & kTypeMask) == kRegular;
  if (usable && search(fd.get(), uid, state.home)) return;
  state.home.resize(prefix).add("/");
}

}  // namespace tsrun::init
