#include "flow.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace tsrun {
namespace {

// Retried after the next poll(2), once signals have been handled.
bool transient() { return errno == EAGAIN || errno == EINTR; }

}  // namespace

void Flow::read() {
  const ssize_t count = ::read(from_, buffer_, sizeof buffer_);
  if (count < 0 && transient()) return;
  if (count <= 0) {
    open_ = false;
    return;
  }
  total_ += static_cast<size_t>(count);
  begin_ = 0;
  end_ = discards_ ? 0 : static_cast<size_t>(count);
}

void Flow::write() {
  const ssize_t count = ::write(to_, buffer_ + begin_, std::min(end_ - begin_, kChunk));
  if (count < 0 && transient()) return;
  if (count < 0) {
    discards_ = true;
    begin_ = end_;
    return;
  }
  begin_ += static_cast<size_t>(count);
}

}  // namespace tsrun
