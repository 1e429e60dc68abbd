// supervise() runs in its own process, on a terminal of the test: `user` is the keyboard and the screen.
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "../../core/fd.h"
#include "../../core/network/datagram_relay.h"
#include "check.h"

namespace tsrun::test {
namespace {

constexpr int kTimeout = 10;

struct Pty {
  Pty() {
    int master_fd, slave_fd;
    if (::openpty(&master_fd, &slave_fd, nullptr, nullptr, nullptr) < 0) return;
    ::fcntl(master_fd, F_SETFD, FD_CLOEXEC);
    ::fcntl(slave_fd, F_SETFD, FD_CLOEXEC);
    master.reset(master_fd);
    slave.reset(slave_fd);
  }
  Fd master;
  Fd slave;
};

// In the supervisor's process: starts the script (on a new terminal if `terminal` is set) and supervises it. The exit status is the
// script's, or 100 + signal.
[[noreturn]] void supervisor(const std::string& script, bool terminal, bool forward) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  Pty inner;
  const int out = terminal ? inner.slave.get() : 1;
  // setsid makes the inner terminal its controlling terminal, as tsrun-init does.
  const TextList args = {"setsid", terminal ? "--ctty" : "--wait", "/bin/sh", "-c", script};
  const Outcome child = invoke("runProgram", {text("/usr/bin/setsid"), args, TextList{"PATH=/bin:/usr/bin"}, text("/"),
                                              number(terminal ? inner.slave.get() : 0), number(out), number(out)});
  inner.slave.reset();
  const Outcome exit = invoke(
      "supervise", {number(integer_in(child, "pidfd")), number(terminal ? inner.master.get() : -1), forward, absent(), absent(), absent()});
  if (!succeeded(exit)) ::_exit(99);
  const int64_t signal = integer_in(exit, "signal");
  ::_exit(static_cast<int>(signal != 0 ? 100 + signal : integer_in(exit, "code")));
}

// A supervisor on one of our terminals.
class Session {
 public:
  Session(const std::string& script, bool terminal, bool forward = true) {
    ::tcgetattr(user.slave.get(), &before_);
    pid = ::fork();
    if (pid != 0) return;
    // Not its controlling terminal: the end of a session hangs up its terminal and restores it, which would hide that supervise() did not.
    ::setsid();
    for (int fd = 0; fd < 3; ++fd) ::dup2(user.slave.get(), fd);
    supervisor(script, terminal, forward);
  }
  ~Session() {
    if (pid <= 0) return;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }

  bool type(const char* keys) const {
    return ::write(user.master.get(), keys, std::strlen(keys)) == static_cast<ssize_t>(std::strlen(keys));
  }

  // Reads the screen until it contains the words.
  bool shows(const std::string& words) {
    const time_t until = ::time(nullptr) + kTimeout;
    while (screen.find(words) == std::string::npos && ::time(nullptr) < until) {
      pollfd polled = {user.master.get(), POLLIN, 0};
      if (::poll(&polled, 1, 100) <= 0) continue;
      char buffer[4096];
      const ssize_t count = ::read(user.master.get(), buffer, sizeof buffer);
      if (count <= 0) break;
      screen.append(buffer, static_cast<size_t>(count));
    }
    return screen.find(words) != std::string::npos;
  }

  int status() {
    const int result = ended(pid);
    pid = -1;
    return result;
  }

  bool raw() const {
    termios now = {};
    ::tcgetattr(user.slave.get(), &now);
    return (now.c_lflag & (ICANON | ECHO | ISIG)) == 0;
  }
  bool as_before() const {
    termios now = {};
    ::tcgetattr(user.slave.get(), &now);
    return now.c_iflag == before_.c_iflag && now.c_oflag == before_.c_oflag && now.c_lflag == before_.c_lflag &&
           now.c_cflag == before_.c_cflag;
  }

  Pty user;
  int pid = -1;
  std::string screen;

 private:
  termios before_ = {};
};

void terminal() {
  Session session("stty size; read line; echo got $line; exit 7", true);
  check(session.shows("0 0"), "the size of the user's terminal is the container's");
  check(session.raw(), "the user's terminal is raw");
  session.type("abc\n");
  check(session.shows("got abc"), "input and output pass through the terminal");
  check(session.status() == 7, "the status of the program is returned");
  check(session.as_before(), "the user's terminal is restored");
}

void resizing() {
  Session session("trap 'stty size; exit 4' WINCH; echo waiting; while :; do sleep 0.05; done", true);
  session.shows("waiting");
  winsize size = {};
  size.ws_row = 31;
  size.ws_col = 97;
  ::ioctl(session.user.master.get(), TIOCSWINSZ, &size);
  ::kill(session.pid, SIGWINCH);
  check(session.shows("31 97"), "a new size is passed on");
  check(session.status() == 4, "the container's processes are notified of the new size");
}

void output_at_the_end() {
  // More than a terminal holds, and read late.
  Session session("i=0; while [ $i -lt 4000 ]; do echo line $i; i=$((i+1)); done; echo last", true);
  ::usleep(300000);
  check(session.shows("last"), "no output is lost");
  check(session.screen.find("line 0\r\n") != std::string::npos && session.screen.find("line 3999\r\n") != std::string::npos,
        "from the first line to the last");
  check(session.status() == 0, "the status is returned after much output");
}

void left_behind() {
  // In its own session, so that it survives the end of the terminal's session.
  Session session("setsid sleep 1000 & echo pid $!; sleep 0.2; echo done", true);
  check(session.shows("done"), "the output of a process that leaves another behind is shown");
  const size_t at = session.screen.find("pid ");
  const int other = at == std::string::npos ? 0 : std::atoi(session.screen.c_str() + at + 4);
  // The other process is still there, so nothing has waited for it.
  check(session.status() == 0 && other > 0 && ::kill(other, SIGKILL) == 0,
        "the supervisor does not wait for the other process to close the terminal");
}

void console_closed_and_opened() {
  Session session("t=$(tty); exec </dev/null >/dev/null 2>&1; sleep 0.3; exec >$t; echo back again", true);
  check(session.shows("back again"), "a console that is closed and opened again is still shown");
  check(session.status() == 0, "the status is returned after the console was reopened");
}

void signals() {
  Session session("trap 'echo terminated; exit 9' TERM; echo waiting; while :; do sleep 0.05; done", true);
  session.shows("waiting");
  ::kill(session.pid, SIGTERM);
  check(session.shows("terminated"), "a signal is forwarded");
  check(session.status() == 9, "a forwarded signal does not end the supervisor");
  check(session.as_before(), "the user's terminal is restored after a signal");

  Session killed("echo waiting; kill -KILL $$", true);
  check(killed.status() == 100 + SIGKILL, "the end by a signal is reported");
  check(killed.as_before(), "the user's terminal is restored after the end by a signal");

  Session plain("trap 'echo usr1; exit 5' USR1; echo waiting; while :; do sleep 0.05; done", false);
  plain.shows("waiting");
  check(!plain.raw(), "without a terminal of the container, ours is unchanged");
  ::kill(plain.pid, SIGUSR1);
  check(plain.status() == 5, "signals are forwarded without a terminal, too");

  Session own("echo waiting; sleep 5", true, false);
  own.shows("waiting");
  ::kill(own.pid, SIGTERM);
  check(own.status() == -SIGTERM, "without forwarding, a signal ends the supervisor");
  check(own.as_before(), "the user's terminal is restored without forwarding, too");
}

void orphans() {
  int out[2];
  if (::pipe2(out, O_CLOEXEC) < 0) return;
  const int pid = ::fork();
  if (pid == 0) {
    invoke("becomeSubreaper", {});
    ::dup2(out[1], 1);
    // The inner shell ends before the sleep that it started, so the sleep becomes a child of the supervisor, which reaps it.
    supervisor(
        "sh -c 'sleep 0.1 & echo $!' >/tmp/tsrun-core-test-orphan; sleep 0.5; p=$(cat /tmp/tsrun-core-test-orphan); rm "
        "/tmp/tsrun-core-test-orphan; "
        "[ -e /proc/$p ] && exit 1; exit 0",
        false, true);
  }
  ::close(out[0]);
  ::close(out[1]);
  check(ended(pid) == 0, "an orphan is reaped while the process still runs");
}

// The program's last message may have been read when its end is noticed.
void last_notifications() {
  int service[2], supervisor[2];
  if (::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, service) < 0) return;
  if (::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, supervisor) < 0) return;
  const Fd ends[] = {Fd(service[0]), Fd(service[1]), Fd(supervisor[0]), Fd(supervisor[1])};
  for (const char* message : {"STATUS=one", "OTHER=1", "STOPPING=1"}) ::send(service[0], message, std::strlen(message), 0);
  DatagramRelay relay(service[1], supervisor[0], {"STATUS=", "STOPPING="});
  relay.read();
  relay.drain();
  std::string heard;
  char data[64];
  for (ssize_t size; (size = ::recv(supervisor[1], data, sizeof data, MSG_DONTWAIT)) > 0;) heard.append(data, static_cast<size_t>(size));
  check(heard == "STATUS=one\nSTOPPING=1\n", "notifications that have arrived when the process ends are forwarded, one that was read, too");
}

}  // namespace

void supervise_tests() {
  last_notifications();
  terminal();
  resizing();
  output_at_the_end();
  left_behind();
  console_closed_and_opened();
  signals();
  orphans();
}

}  // namespace tsrun::test
