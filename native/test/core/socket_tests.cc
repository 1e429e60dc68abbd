#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstring>

#include "../../core/fd.h"
#include "check.h"

namespace tsrun::test {
namespace {

Fd fd_of(const Outcome& outcome) { return Fd(static_cast<int>(integer_of(outcome))); }

void unix_sockets() {
  const Directory directory;
  std::string deep = directory.path();
  for (int i = 0; i < 6; ++i) {
    deep += "/a-directory-with-a-long-name";
    ::mkdir(deep.c_str(), 0700);
  }
  for (const std::string& path : {directory.path("socket"), deep + "/socket"}) {
    const Fd listener = fd_of(invoke("listenUnix", {path, number(1)}));
    const Fd client = fd_of(invoke("connectUnix", {path}));
    const Fd server(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    check(server.valid(), "a socket is reached by a path of " + std::to_string(path.size()) + " bytes");
    check(error_of(invoke("listenUnix", {path, number(1)})) == EADDRINUSE, "a path in use is refused");
  }
  check(error_of(invoke("connectUnix", {directory.path("none")})) == ENOENT, "an absent socket is ENOENT");
}

void descriptors() {
  const Outcome pair = invoke("socketPair", {false});
  const IntegerList& fds = std::get<IntegerList>(std::get<Value>(pair));
  Fd one(static_cast<int>(fds[0]));
  const Fd other(static_cast<int>(fds[1]));
  const Outcome ends = invoke("pipe", {});
  const Fd reader(static_cast<int>(std::get<IntegerList>(std::get<Value>(ends))[0]));
  const Fd writer(static_cast<int>(std::get<IntegerList>(std::get<Value>(ends))[1]));
  check(succeeded(invoke("sendFd", {number(one.get()), number(writer.get()), text("/dev/ptmx")})), "a descriptor is sent");
  const Fd received = fd_of(invoke("receiveFd", {number(other.get())}));
  check(succeeded(invoke("writeText", {number(received.get()), text("through")})), "it is received");
  check(bytes_of(invoke("readSome", {number(reader.get()), number(100)})).size() == 7, "and is the same pipe");
  one.reset();
  check(error_of(invoke("receiveFd", {number(other.get())})) == ENODATA, "a closed socket has no descriptor");
}

void datagrams() {
  const std::string name = "@tsrun-core-test-" + std::to_string(::getpid());
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data() + 1, name.size() - 1);
  const Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  check(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address),
               static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size())) == 0,
        "an abstract socket");
  const Fd sender = fd_of(invoke("connectDatagram", {name}));
  check(succeeded(invoke("writeText", {number(sender.get()), text("READY=1")})), "a datagram is sent to it");
  check(bytes_of(invoke("readSome", {number(socket.get()), number(100)})).size() == 7, "and arrives");
}

void bound_datagrams() {
  const Directory directory;
  const std::string path = directory.path("notify.sock");
  const Fd socket = fd_of(invoke("bindDatagram", {path, number(0777)}));
  check(integer_in(invoke("status", {path, false, absent()}), "mode") == 0777, "a bound socket has its mode whatever the umask");
  const Fd sender = fd_of(invoke("connectDatagram", {path}));
  check(succeeded(invoke("writeText", {number(sender.get()), text("STATUS=up")})), "a datagram is sent to its path");
  check(bytes_of(invoke("readSome", {number(socket.get()), number(100)})).size() == 9, "and arrives there");
  check(error_of(invoke("bindDatagram", {path, number(0777)})) == EADDRINUSE, "a path is bound once");
}

// What an event loop needs: nothing waits.
void without_waiting() {
  const Directory directory;
  const std::string path = directory.path("socket");
  const Fd listener = fd_of(invoke("listenUnix", {path, number(1)}));
  Fd client = fd_of(invoke("connectUnix", {path}));
  const Fd server = fd_of(invoke("acceptUnix", {number(listener.get())}));
  check(error_of(invoke("readSome", {number(server.get()), number(10)})) == EAGAIN, "an accepted socket does not wait");
  const Bytes data(1 << 20, 'x');
  const int64_t sent = integer_of(invoke("sendSome", {number(server.get()), data, number(10)}));
  check(sent > 0 && sent < (1 << 20) - 10, "as much is sent as fits");
  check(error_of(invoke("sendSome", {number(server.get()), data, number(sent)})) == EAGAIN, "a full socket is EAGAIN");
  client.reset();
  check(error_of(invoke("sendSome", {number(server.get()), data, number(0)})) == EPIPE, "a closed one is EPIPE, without a signal");

  const Outcome ends = invoke("pipe", {});
  const Fd reader(static_cast<int>(std::get<IntegerList>(std::get<Value>(ends))[0]));
  const Fd writer(static_cast<int>(std::get<IntegerList>(std::get<Value>(ends))[1]));
  const Outcome others = invoke("pipe", {});
  const Fd from(static_cast<int>(std::get<IntegerList>(std::get<Value>(others))[0]));
  Fd into(static_cast<int>(std::get<IntegerList>(std::get<Value>(others))[1]));
  check(error_of(invoke("splice", {number(from.get()), number(writer.get()), number(100)})) == EAGAIN, "splice does not wait");
  check(succeeded(invoke("writeText", {number(into.get()), text("through")})), "a pipe is written");
  check(integer_of(invoke("splice", {number(from.get()), number(writer.get()), number(4)})) == 4, "splice moves at most the limit");
  check(bytes_of(invoke("readSome", {number(reader.get()), number(100)})) == Bytes({'t', 'h', 'r', 'o'}), "and what was written");
  into.reset();
  check(integer_of(invoke("splice", {number(from.get()), number(writer.get()), number(100)})) == 3, "the rest follows");
  check(integer_of(invoke("splice", {number(from.get()), number(writer.get()), number(100)})) == 0, "and then the end");
  check(succeeded(invoke("setNonBlocking", {number(reader.get())})) &&
            bytes_of(invoke("readSome", {number(reader.get()), number(9)})).size() == 3 &&
            error_of(invoke("readSome", {number(reader.get()), number(9)})) == EAGAIN,
        "a descriptor that does not block");

  sigset_t before;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
  const Fd signals = fd_of(invoke("openSignals", {IntegerList{SIGUSR1}}));
  check(error_of(invoke("readSome", {number(signals.get()), number(128)})) == EAGAIN, "no signal yet");
  ::kill(::getpid(), SIGUSR1);
  const Bytes info = bytes_of(invoke("readSome", {number(signals.get()), number(128)}));
  check(info.size() == 128 && info[0] == SIGUSR1, "a signal is read, and not delivered");
  // It stays blocked, and our children would inherit that.
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void repair() {
  const Fd tcp(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto end_repair = [](const Fd& socket) { return boolean_of(invoke("endTcpRepair", {number(socket.get())})); };
  const int on = 1;
  // It needs CAP_NET_ADMIN (tcp(7)).
  if (::setsockopt(tcp.get(), IPPROTO_TCP, TCP_REPAIR, &on, sizeof on) == 0) check(end_repair(tcp), "a connection in repair leaves it");
  check(!end_repair(tcp), "a connection that is not in repair stays as it is");
  const Fd other(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  check(!end_repair(other), "a socket of another kind is not in repair");
  // NETLINK_XFRM is 6, as is IPPROTO_TCP.
  const Fd netlink(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_TCP));
  if (netlink.valid()) check(!end_repair(netlink), "nor is one whose protocol has the number of TCP in another family");
  const Fd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  check(!end_repair(file), "a file is not in repair");
}

// connect(2) has the errno of a full backlog for another reason than clone3(2).
void limited() {
  const int child = ::fork();
  if (child == 0) {
    // The limit does not bind root.
    constexpr uid_t kSomebody = 60123;
    const rlimit one = {1, 1};
    if (::geteuid() == 0 && ::setresuid(kSomebody, kSomebody, kSomebody) < 0) ::_exit(2);
    if (::setrlimit(RLIMIT_NPROC, &one) < 0) ::_exit(2);
    const Outcome listening = invoke("isListening", {text("/none")});
    const Outcome connected = invoke("connectUnix", {text("/none"), number(1)});
    const auto told = [](const Outcome& outcome) { return error_of(outcome) == EAGAIN && call_of(outcome) == "clone3"; };
    ::_exit(told(listening) && told(connected) ? 0 : 1);
  }
  int status = -1;
  check(child > 0 && ::waitpid(child, &status, 0) == child && status == 0,
        "without a process to look for it, nobody knows whether somebody listens");
}

}  // namespace

void socket_tests() {
  limited();
  repair();
  unix_sockets();
  descriptors();
  datagrams();
  without_waiting();
  bound_datagrams();
}

}  // namespace tsrun::test
