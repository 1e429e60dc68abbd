// TCP_REPAIR (tcp(7)): the state in which CRIU reads the connections of a container.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "../files/entries.h"
#include "../outcome.h"

namespace tsrun::entries {
namespace {

// -1 if it is not a socket.
int property(int socket, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(socket, SOL_SOCKET, name, &value, &size) < 0 ? -1 : value;
}

// Not by trying an option of TCP: other kinds of sockets refuse it with different errors, and a container chooses its sockets. The number
// of the protocol alone is not enough, because each family has its own.
bool is_tcp(int socket) {
  const int family = property(socket, SO_DOMAIN);
  return (family == AF_INET || family == AF_INET6) && property(socket, SO_TYPE) == SOCK_STREAM &&
         property(socket, SO_PROTOCOL) == IPPROTO_TCP;
}

}  // namespace

Outcome end_tcp_repair(const Arguments& a) {
  const int socket = a.fd(0);
  if (!is_tcp(socket)) return answer(false);
  int state = 0;
  socklen_t size = sizeof state;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_REPAIR, &state, &size) < 0) return failed_on("getsockopt", socket);
  if (state == 0) return answer(false);
  state = 0;
  if (::setsockopt(socket, IPPROTO_TCP, TCP_REPAIR, &state, sizeof state) < 0) return failed_on("setsockopt", socket);
  return answer(true);
}

}  // namespace tsrun::entries
