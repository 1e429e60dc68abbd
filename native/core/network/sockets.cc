// Unix sockets, pipes, and passing descriptors over sockets.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>

#include "../fd.h"
#include "../files/entries.h"
#include "../outcome.h"
#include "../raw.h"
#include "../spawn/in_passing.h"
#include "received.h"

namespace tsrun::entries {
namespace {

// The address of a path of any length. sun_path holds 107 bytes, so a longer path is reached through a descriptor of its directory, which
// lives as long as the address. If `abstract` is set, a leading @ means an abstract name.
class Address {
 public:
  explicit Address(const std::string& path, bool abstract = false) {
    address_.sun_family = AF_UNIX;
    if (abstract && !path.empty() && path[0] == '@') {
      std::string name = path;
      name[0] = '\0';
      set(name, name.size());
    } else if (path.size() < sizeof address_.sun_path) {
      set(path, path.size() + 1);
    } else {
      const size_t slash = path.rfind('/');
      const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
      directory_.reset(uninterrupted([&] { return ::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC); }));
      if (!directory_.valid()) return;
      const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
      const std::string shorter = "/proc/self/fd/" + std::to_string(directory_.get()) + "/" + name;
      set(shorter, shorter.size() + 1);
    }
  }

  // False with errno if the path does not fit or its directory cannot be opened.
  bool valid() const { return length_ != 0; }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
  socklen_t length() const { return length_; }

 private:
  void set(const std::string& name, size_t size) {
    if (size > sizeof address_.sun_path) {
      errno = ENAMETOOLONG;
      return;
    }
    std::memcpy(address_.sun_path, name.data(), name.size());
    length_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size);
  }

  sockaddr_un address_ = {};
  socklen_t length_ = 0;
  Fd directory_;
};

// Bounds the wait for a receiver whose backlog is full or that does not read: connect(2) and sendmsg(2) then fail with EAGAIN (socket(7),
// SO_SNDTIMEO).
bool limit_waiting(int socket) {
  constexpr timeval kLimit = {10, 0};
  return ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &kLimit, sizeof kLimit) == 0;
}

// /proc/self is another directory there, and descriptors are closed: so the name is looked up in the working directory.
int connect_in_passing(int socket, const std::string& path, const uint32_t* word) {
  const size_t slash = path.rfind('/');
  const std::string above = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Fd directory(uninterrupted([&] { return ::open(above.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC); }));
  if (!directory.valid()) return -1;
  const Address name(slash == std::string::npos ? path : path.substr(slash + 1));
  if (!name.valid()) return -1;
  const auto length = static_cast<long>(name.length());
  return static_cast<int>(in_passing({SYS_connect, socket, {raw::address(name.get()), length}, directory.get(), word}));
}

Outcome answer_pair(const int (&fds)[2]) {
  Fd first(fds[0]);
  Fd second(fds[1]);
  // No number outside the standard streams was free.
  if (!first.valid() || !second.valid()) return failed("fcntl");
  return answer(IntegerList{hand_out(std::move(first)), hand_out(std::move(second))});
}

}  // namespace

Outcome socket_pair(const Arguments& a) {
  int fds[2];
  // Who sends what matters where others may get hold of the second one.
  const bool credentials = a.boolean(0);
  const int type = (a.has(1) && a.boolean(1) ? SOCK_SEQPACKET : SOCK_STREAM) | SOCK_CLOEXEC;
  const long made = credentials ? socket_pair_in_passing(type, fds) : ::socketpair(AF_UNIX, type, 0, fds);
  if (made < 0) return failed(call_in_passing(made, "socketpair"));
  constexpr int kOn = 1;
  if (credentials && ::setsockopt(fds[0], SOL_SOCKET, SO_PASSCRED, &kOn, sizeof kOn) < 0) {
    const Failure failure = failed("setsockopt");
    ::close(fds[0]);
    ::close(fds[1]);
    return failure;
  }
  return answer_pair(fds);
}

Outcome pipe(const Arguments&) {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) < 0) return failed("pipe2");
  return answer_pair(fds);
}

Outcome listen_unix(const Arguments& a) {
  const std::string& path = a.text(0);
  const Address address(path);
  if (!address.valid()) return failed("bind", path);
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return failed("socket", path);
  // The mode of the socket is that of the new file (unix_bind of the kernel), so there is no moment at which it has another one.
  if (a.has(2) && ::fchmod(socket.get(), static_cast<mode_t>(a.integer(2))) < 0) return failed("fchmod", path);
  if (::bind(socket.get(), address.get(), address.length()) < 0) return failed("bind", path);
  if (::listen(socket.get(), static_cast<int>(a.integer(1))) < 0) return failed("listen", path);
  return answer_fd(socket.release());
}

Outcome connect_unix(const Arguments& a) {
  const std::string& path = a.text(0);
  // A word means in passing.
  const bool passing = a.has(1);
  const auto word = static_cast<uint32_t>(passing ? a.integer(1) : 0);
  const Address address(passing ? std::string() : path);
  if (!address.valid()) return failed("connect", path);
  // Then connect(2) does not wait while the backlog is full (EAGAIN).
  const int at_once = a.has(2) && a.boolean(2) ? SOCK_NONBLOCK : 0;
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | at_once, 0));
  if (!socket.valid() || !limit_waiting(socket.get())) return failed("socket", path);
  const auto connect = [&] {
    return passing ? connect_in_passing(socket.get(), path, &word) : ::connect(socket.get(), address.get(), address.length());
  };
  const int connected = uninterrupted(connect);
  if (connected < 0) return failed(call_in_passing(connected, "connect"), path);
  return answer_fd(socket.release());
}

Outcome is_listening(const Arguments& a) {
  const std::string& path = a.text(0);
  const Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return failed("socket", path);
  const int connected = connect_in_passing(socket.get(), path, nullptr);
  if (connected == kNoProcess) return failed("clone3", path);
  // EAGAIN means that the backlog is full, so somebody listens (connect(2), for UNIX sockets).
  if (connected == 0 || errno == EAGAIN) return answer(true);
  if (errno == ECONNREFUSED || errno == ENOENT) return answer(false);
  return failed("connect", path);
}

Outcome send_fd(const Arguments& a) {
  const int socket = a.fd(0);
  const int fd = a.fd(1);
  const std::string& data = a.text(2);
  // A stream socket carries a descriptor only together with a byte (unix(7)).
  if (data.empty()) return Failure{EINVAL, "sendmsg", "fd " + std::to_string(socket)};
  iovec part = {const_cast<char*>(data.data()), data.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof fd);
  std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  // sendmsg(2) may send only a part, if a signal arrives or the time set by limit_waiting() is over. The descriptor was sent with the first
  // byte.
  while (part.iov_len > 0) {
    const ssize_t sent = uninterrupted([&] { return ::sendmsg(socket, &message, MSG_NOSIGNAL); });
    if (sent < 0) return failed_on("sendmsg", socket);
    part.iov_base = static_cast<char*>(part.iov_base) + sent;
    part.iov_len -= static_cast<size_t>(sent);
    message.msg_control = nullptr;
    message.msg_controllen = 0;
  }
  return done();
}

Outcome receive_fd(const Arguments& a) {
  const int socket = a.fd(0);
  // The data is a name that is not needed (the console sockets of engines send the terminal's path).
  char data[4096];
  const Received received = receive_with_fd(socket, data, sizeof data);
  if (received.count < 0) return failed_on("recvmsg", socket);
  if (received.fd >= 0) return answer_fd(received.fd);
  // The peer closed the socket or sent no descriptor.
  return Failure{ENODATA, "recvmsg", "fd " + std::to_string(socket)};
}

Outcome bind_datagram(const Arguments& a) {
  const std::string& path = a.text(0);
  const Address address(path);
  if (!address.valid()) return failed("bind", path);
  Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return failed("socket", path);
  if (::bind(socket.get(), address.get(), address.length()) < 0) return failed("bind", path);
  // bind(2) applies the umask to the file's mode. A container that sees the directory may have put a symlink in the file's place.
  Fd file(uninterrupted([&] { return ::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC); }));
  struct stat status;
  if (!file.valid() || ::fstat(file.get(), &status) < 0) return failed("open", path);
  if (!S_ISSOCK(status.st_mode)) return Failure{ENOTSOCK, "open", path};
  const std::string opened = "/proc/self/fd/" + std::to_string(file.get());
  if (::chmod(opened.c_str(), static_cast<mode_t>(a.integer(1))) < 0) return failed("chmod", path);
  return answer_fd(socket.release());
}

Outcome connect_datagram(const Arguments& a) {
  const std::string& path = a.text(0);
  const Address address(path, true);
  if (!address.valid()) return failed("connect", path);
  Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.valid() || !limit_waiting(socket.get())) return failed("socket", path);
  if (uninterrupted([&] { return ::connect(socket.get(), address.get(), address.length()); }) < 0) return failed("connect", path);
  return answer_fd(socket.release());
}

}  // namespace tsrun::entries
