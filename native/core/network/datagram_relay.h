// What a service says to its supervisor (sd_notify(3)), carried on to the supervisor of ours.
#pragma once
#include <poll.h>

#include <string>

#include "../functions.h"

namespace tsrun {

// Datagrams of lines from one socket to another, of which only the lines that begin with one of `prefixes` are kept. One datagram at a time: what the other
// side is too busy for waits, and the next one is not read before.
class DatagramRelay {
 public:
  // `from` -1: nothing to carry.
  DatagramRelay(int from, int to, TextList prefixes) : from_(from), to_(to), prefixes_(std::move(prefixes)) {}

  // The entries for poll(2).
  pollfd reader() const { return {waiting_.empty() ? from_ : -1, POLLIN, 0}; }
  pollfd writer() const { return {waiting_.empty() ? -1 : to_, POLLOUT, 0}; }

  // One datagram, after poll(2) said so. Descriptors that came along are not taken, so that the kernel closes them: for the sender of a BARRIER that is the sign
  // that everything before it was read (sd_notify_barrier(3)).
  void read();
  // Where the other side is gone, the datagram is thrown away: the container goes on.
  void write();
  // Carries on what is there now, as far as the other side takes it.
  void drain();

 private:
  bool kept(const std::string& line) const;

  // Datagrams of sd_notify are lines for people and short numbers; systemd reads 4096 bytes.
  static constexpr size_t kLongest = 4096;
  const int from_;
  const int to_;
  const TextList prefixes_;
  std::string waiting_;
};

}  // namespace tsrun
