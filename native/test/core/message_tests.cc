// Messages from an attacker who impersonates tsrun-init: `receive` and `receiveFd` accept no more than they ask for, and keep no extra
// descriptors.
#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "../../core/fd.h"
#include "../../plan_format.h"
#include "check.h"

namespace tsrun::test {
namespace {

using plan::Message;

size_t open_descriptors() {
  DIR* directory = ::opendir("/proc/self/fd");
  size_t count = 0;
  while (::readdir(directory) != nullptr) ++count;
  ::closedir(directory);
  return count;
}

bool send(int socket, const void* data, size_t size, const std::vector<int>& fds = {}) {
  iovec part = {const_cast<void*>(data), size};
  std::vector<char> control(CMSG_SPACE(fds.size() * sizeof(int)));
  msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (!fds.empty()) {
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
    std::memcpy(CMSG_DATA(rights), fds.data(), fds.size() * sizeof(int));
  }
  return ::sendmsg(socket, &header, MSG_NOSIGNAL) == static_cast<ssize_t>(size);
}

struct Pair {
  explicit Pair(bool credentials) {
    const Outcome pair = invoke("socketPair", {credentials});
    const auto& fds = std::get<IntegerList>(std::get<Value>(pair));
    ours = Fd(static_cast<int>(fds[0]));
    theirs = Fd(static_cast<int>(fds[1]));
  }
  Outcome receive(bool descriptor = false) const { return invoke("receive", {number(ours.get()), descriptor}); }
  Outcome receive_fd() const { return invoke("receiveFd", {number(ours.get())}); }
  Fd ours, theirs;
};

void extremes() {
  const Pair pair(false);
  Message message = {};
  std::memset(&message, 0xff, sizeof message);
  send(pair.theirs.get(), &message, sizeof message);
  const Outcome read = pair.receive();
  check(integer_in(read, "type") == 0xffffffff && integer_in(read, "operation") == 0xffffffff && integer_in(read, "errno") == -1 &&
            integer_in(read, "value") == -1,
        "every field may have every value");
  check(text_in(read, "text").size() == sizeof message.text, "a text is not longer than its field");
}

void sizes() {
  const Pair pair(false);
  Message message = {};
  message.type = 1;
  send(pair.theirs.get(), &message, sizeof message - 1);
  check(error_of(pair.receive()) == EBADMSG, "half a message is rejected without waiting");
  send(pair.theirs.get(), "x", 1);
  check(error_of(pair.receive()) == EBADMSG, "a single byte is rejected without waiting");
  char two[2 * sizeof message] = {};
  send(pair.theirs.get(), two, sizeof two);
  check(integer_in(pair.receive(), "type") == 0 && integer_in(pair.receive(), "type") == 0, "a long message is read as two");
}

void descriptors() {
  for (const bool credentials : {false, true}) {
    const Pair pair(credentials);
    const Message message = {};
    const size_t before = open_descriptors();
    for (const size_t count : {1, 2, 3, 4, 5, 200}) {
      send(pair.theirs.get(), &message, sizeof message, std::vector<int>(count, 0));
      check(succeeded(pair.receive()) && open_descriptors() == before,
            "no descriptor of " + std::to_string(count) + " stays with a message");
      send(pair.theirs.get(), &message, sizeof message, std::vector<int>(count, 0));
      const Fd taken(static_cast<int>(integer_in(pair.receive(true), "fd")));
      check(taken.valid() && open_descriptors() == before + 1, "where one is wanted, one of " + std::to_string(count) + " does");
    }
  }
  const Pair pair(false);
  const size_t before = open_descriptors();
  for (const size_t count : {1, 2, 3, 200}) {
    send(pair.theirs.get(), "x", 1, std::vector<int>(count, 0));
    const Fd taken(static_cast<int>(integer_of(pair.receive_fd())));
    check((::fcntl(taken.get(), F_GETFD) & FD_CLOEXEC) != 0 && open_descriptors() == before + 1,
          "of " + std::to_string(count) + " descriptors one is taken");
  }
  check(error_of(pair.receive_fd()) == EAGAIN, "receiveFd does not wait for a missing descriptor");
  send(pair.theirs.get(), "x", 1);
  check(error_of(pair.receive_fd()) == ENODATA, "a message without a descriptor has none");
}

void senders() {
  const Pair pair(true);
  const Message message = {};
  send(pair.theirs.get(), &message, sizeof message);
  check(integer_in(pair.receive(), "sender") == ::getpid(), "the kernel reports the sender");
  const int child = ::fork();
  if (child == 0) ::_exit(::write(pair.theirs.get(), &message, sizeof message) == sizeof message ? 0 : 1);
  check(ended(child) == 0 && integer_in(pair.receive(), "sender") == child, "the kernel reports another sender");
  // Two halves from two processes are not a message.
  send(pair.theirs.get(), &message, sizeof message / 2);
  const int other = ::fork();
  if (other == 0) ::_exit(::write(pair.theirs.get(), &message, sizeof message / 2) > 0 ? 0 : 1);
  check(ended(other) == 0 && error_of(pair.receive()) == EBADMSG, "messages of two senders are not joined");
}

void children() {
  const int child = ::fork();
  if (child == 0) ::pause();
  const Fd ours(static_cast<int>(integer_of(invoke("openProcess", {number(child)}))));
  const Fd parent(static_cast<int>(integer_of(invoke("openProcess", {number(::getppid())}))));
  check(boolean_of(invoke("isChild", {number(ours.get())})), "a child is recognized");
  check(!boolean_of(invoke("isChild", {number(parent.get())})), "a process that is not a child is recognized");
  ::kill(child, SIGKILL);
  while (!boolean_of(invoke("hasEnded", {number(ours.get())}))) ::usleep(1000);
  check(boolean_of(invoke("isChild", {number(ours.get())})), "an ended child is still a child");
  check(ended(child) == -SIGKILL && !boolean_of(invoke("isChild", {number(ours.get())})), "a reaped child is no longer a child");
}

}  // namespace

void message_tests() {
  extremes();
  sizes();
  descriptors();
  senders();
  children();
}

}  // namespace tsrun::test
