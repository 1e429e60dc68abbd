// Forwards what a service tells its supervisor (sd_notify(3)) to our own supervisor.
#pragma once
#include <poll.h>

#include <string>

#include "../functions.h"

namespace tsrun {

// Forwards datagrams of lines from one socket to another, and drops lines that do not begin with one of `prefixes`. Holds one datagram at a
// time: while the receiver is busy it waits, and the next one is not read.
class DatagramRelay {
 public:
  // A `from` of -1 forwards nothing.
  DatagramRelay(int from, int to, TextList prefixes) : from_(from), to_(to), prefixes_(std::move(prefixes)) {}

  // The entries for poll(2).
  pollfd reader() const { return {waiting_.empty() ? from_ : -1, POLLIN, 0}; }
  pollfd writer() const { return {waiting_.empty() ? -1 : to_, POLLOUT, 0}; }

  // Reads one datagram, after poll(2) reported it. Descriptors in it are not received, so the kernel closes them. The sender of a BARRIER
  // takes that as the sign that everything before it was read (sd_notify_barrier(3)).
  void read();
  // If the receiver is gone, the datagram is discarded and the container continues.
  void write();
  // Forwards what has arrived, as far as the receiver accepts it.
  void drain();

 private:
  bool kept(const std::string& line) const;

  // Messages of sd_notify are status lines and short numbers; systemd reads at most 4096 bytes.
  static constexpr size_t kLongest = 4096;
  const int from_;
  const int to_;
  const TextList prefixes_;
  std::string waiting_;
};

}  // namespace tsrun
