#include "home.h"

#include "../files/resolve.h"

namespace tsrun::init {
namespace {

// The container controls the file: it may be of any type and size.
constexpr uint64_t kMostBytes = 4 << 20;
constexpr uint32_t kHomeField = 5;

// Parses the number in a field; -1 if it is none.
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

// Checks every line that fits into the buffer; a longer one is not an entry.
class Search {
 public:
  Search(int fd, uint32_t uid) : fd_(fd), uid_(uid) {}

  // If there is an entry, appends its directory to `home` and returns true.
  bool run(Path& home) {
    for (uint64_t total = 0; total < kMostBytes;) {
      const long count = sys::read(fd_, buffer_ + filled_, sizeof buffer_ - filled_);
      const bool end = count <= 0;
      if (!end) filled_ += static_cast<uint32_t>(count), total += static_cast<uint64_t>(count);
      Text found;
      if (take_lines(end, found)) return !home.add(found).full();
      if (end) return false;
    }
    return false;
  }

 private:
  bool take_lines(bool end, Text& found) {
    uint32_t start = 0;
    for (uint32_t next = find({buffer_, filled_}, '\n'); next < filled_; next = find({buffer_, filled_}, '\n', start)) {
      if (take_line({buffer_ + start, next - start}, found)) return true;
      start = next + 1;
    }
    // The last line may lack a newline.
    if (end) return take_line({buffer_ + start, filled_ - start}, found);
    filled_ -= start;
    memmove(buffer_, buffer_ + start, filled_);
    if (filled_ < sizeof buffer_) return false;
    filled_ = 0;
    too_long_ = true;
    return false;
  }

  bool take_line(const Text& line, Text& found) {
    const bool rest = too_long_;
    too_long_ = false;
    return !rest && matches(line, uid_, found);
  }

  const int fd_;
  const uint32_t uid_;
  char buffer_[8192];
  uint32_t filled_ = 0;
  bool too_long_ = false;
};

}  // namespace

void find_home(State& state, uint32_t uid) {
  constexpr unsigned kRegular = 0100000;
  state.home.clear().add("HOME=");
  const uint32_t prefix = state.home.size();
  const Fd fd(open_type_in_root(state, "/etc/passwd", kRegular, O_RDONLY | O_NONBLOCK));
  if (fd.valid() && Search(fd.get(), uid).run(state.home)) return;
  state.home.resize(prefix).add("/");
}

}  // namespace tsrun::init
