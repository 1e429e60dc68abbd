// One direction of a copied terminal: what was read is written before more is read, so that a slow reader holds up the writer, never fills memory.
#pragma once
#include <poll.h>

#include <cstddef>

namespace tsrun {

class Flow {
 public:
  Flow(int from, int to) : from_(from), to_(to) {}

  bool pending() const { return begin_ < end_; }
  bool open() const { return open_; }
  // Nothing more is read; what is pending is still written.
  void close() { open_ = false; }
  // Nothing more is read or written.
  void abandon() {
    open_ = false;
    begin_ = end_;
  }
  // What has been read so far, in bytes.
  size_t total() const { return total_; }

  // The entries for poll(2); an fd of -1 where there is nothing to wait for, since a hang-up would be reported again and again.
  pollfd reader() const { return {open_ && !pending() ? from_ : -1, POLLIN, 0}; }
  pollfd writer() const { return {pending() ? to_ : -1, POLLOUT, 0}; }

  // One read(2), one write(2), after poll(2) said so. The end of the source (EIO: no process has the terminal's other side open) closes it; where
  // the destination is gone (EPIPE, EIO) everything is thrown away, so that the writer is not held up by it.
  void read();
  void write();

 private:
  static constexpr size_t kSize = 16 << 10;
  // What poll(2) promises to a pipe without blocking (PIPE_BUF).
  static constexpr size_t kChunk = 4096;
  const int from_;
  const int to_;
  bool open_ = true;
  bool discards_ = false;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t total_ = 0;
  char buffer_[kSize];
};

}  // namespace tsrun
