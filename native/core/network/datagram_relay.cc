#include "datagram_relay.h"

#include <sys/socket.h>

#include <cerrno>

namespace tsrun {

void DatagramRelay::read() {
  char data[kLongest];
  const ssize_t size = ::recv(from_, data, sizeof data, MSG_DONTWAIT);
  for (ssize_t begin = 0; begin < size;) {
    ssize_t end = begin;
    while (end < size && data[end] != '\n') ++end;
    const std::string line(data + begin, static_cast<size_t>(end - begin));
    if (kept(line)) waiting_ += line + "\n";
    begin = end + 1;
  }
}

void DatagramRelay::write() {
  const ssize_t sent = ::send(to_, waiting_.data(), waiting_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return;
  waiting_.clear();
}

void DatagramRelay::drain() {
  if (from_ < 0) return;
  // One may have been read just before the process ended.
  if (!waiting_.empty()) write();
  for (pollfd polled = {from_, POLLIN, 0}; waiting_.empty() && ::poll(&polled, 1, 0) > 0;) {
    read();
    if (!waiting_.empty()) write();
  }
}

bool DatagramRelay::kept(const std::string& line) const {
  for (const std::string& prefix : prefixes_) {
    if (line.compare(0, prefix.size(), prefix) == 0) return true;
  }
  return false;
}

}  // namespace tsrun
