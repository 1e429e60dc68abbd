// One direction of a copied terminal. What was read is written before more is read, so a slow reader slows the writer down and never fills
// memory.
#pragma once
#include <poll.h>

#include <cstddef>

namespace tsrun {

class Flow {
 public:
  Flow(int from, int to) : from_(from), to_(to) {}

  bool pending() const { return begin_ < end_; }
  bool open() const { return open_; }
  // Stops reading; pending data is still written.
  void close() { open_ = false; }
  // Stops reading and writing.
  void abandon() {
    open_ = false;
    begin_ = end_;
  }
  // Bytes read so far.
  size_t total() const { return total_; }

  // The entries for poll(2). The fd is -1 if there is nothing to wait for, because a hang-up would be reported again and again.
  pollfd reader() const { return {open_ && !pending() ? from_ : -1, POLLIN, 0}; }
  pollfd writer() const { return {pending() ? to_ : -1, POLLOUT, 0}; }

  // Call read(2) or write(2) once, after poll(2) reported the descriptor. At the end of the source (EIO: no process has the other side of
  // the terminal open) the flow closes. If the destination is gone (EPIPE, EIO), everything is discarded, so that the writer is not blocked
  // by it.
  void read();
  void write();

 private:
  static constexpr size_t kSize = 16 << 10;
  // What a pipe takes without blocking if poll(2) reports it writable (PIPE_BUF).
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
