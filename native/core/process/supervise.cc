// Supervises a foreground container: forwards signals, copies the terminal, reaps orphans, relays sd_notify, and waits for the end.
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <memory>

#include "../fd.h"
#include "../files/entries.h"
#include "../flow.h"
#include "../kernel.h"
#include "../network/datagram_relay.h"
#include "../outcome.h"
#include "../terminal/raw_terminal.h"
#include "deferred_signals.h"
#include "orphans.h"
#include "processes.h"
#include "signal_pipe.h"

namespace tsrun::entries {
namespace {

// After the process ends, processes that it left behind may keep its terminal open. Data still in the terminal is less than this, and
// arrives without a pause longer than this.
constexpr size_t kMaxAfterEnd = 1 << 20;
constexpr int kMaxPauseMilliseconds = 50;

// Signals handled per round, before everything else is checked again.
constexpr int kMaxSignals = 64;

// The first of our standard streams that is a terminal, or -1.
int own_terminal() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::isatty(fd) == 1) return fd;
  }
  return -1;
}

void copy_size(int from, int to) {
  winsize size = {};
  if (from >= 0 && ::ioctl(from, TIOCGWINSZ, &size) == 0) ::ioctl(to, TIOCSWINSZ, &size);
}

bool ends_by_default(int signal) { return signal == SIGHUP || signal == SIGINT || signal == SIGQUIT || signal == SIGTERM; }

// Do not forward SIGSEGV and the like, which report our own bugs. Do not catch SIGTTIN and SIGTTOU: they stop a background process that
// touches the terminal; if they were caught, its read(2) would always fail. Do not forward SIGURG, which means nothing to a process that
// did not ask for it.
bool forwarded(int signal) {
  switch (signal) {
    case SIGSEGV:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGTTIN:
    case SIGTTOU:
    case SIGURG:
      return false;
    default:
      return true;
  }
}

// Without forwarding: signals that would kill us while the terminal is raw, and those about the terminal and our children.
bool needed(int signal) { return ends_by_default(signal) || signal == SIGCHLD || signal == SIGWINCH || signal == SIGCONT; }

// Signals caught since hold_signals, for the supervision that follows.
std::unique_ptr<SignalPipe> held;
// Whether they were deferred before.
bool held_deferred = false;

class Supervision {
 public:
  Supervision(int pidfd, int master, bool forward, DatagramRelay relay)
      : pidfd_(pidfd),
        master_(master),
        forward_(forward),
        pid_(pid_of(pidfd)),
        raw_(STDIN_FILENO),
        input_(0, master),
        output_(master, 1),
        relay_(std::move(relay)) {}

  // What the process leaves has to be removed, whatever signal comes now. Restoring the dispositions first would let one through.
  ~Supervision() {
    if (held_deferred) defer_signals_by(std::move(signals_));
  }
  Supervision(const Supervision&) = delete;
  Supervision& operator=(const Supervision&) = delete;

  Outcome run() {
    if (signals_ == nullptr) {
      signals_ = std::make_unique<SignalPipe>();
      if (!signals_->install(forward_ ? forwarded : needed)) return failed("sigaction");
    }
    if (master_ >= 0) {
      if (!start_terminal()) return failed_on("tcsetattr", STDIN_FILENO);
    } else {
      input_.close();
      output_.close();
    }
    // Reap those that ended before the SIGCHLD handler was installed.
    reap_orphans(pid_);
    while (!finished()) {
      if (!step()) return failed("poll");
    }
    relay_.drain();
    siginfo_t info;
    if (wait_for(pidfd_, WEXITED, info) < 0) return failed_on("waitid", pidfd_);
    reap_orphans(pid_);
    return process_exit(info);
  }

 private:
  bool start_terminal() {
    const int flags = ::fcntl(master_, F_GETFL);
    if (flags < 0 || ::fcntl(master_, F_SETFL, flags | O_NONBLOCK) < 0) return false;
    // Hold the peer open until the process ends: a container that closes its console and opens it again (as systemd does) must not look
    // like one that is gone. TIOCGPTPEER (4.13) needs no path. If the master is not a pty's, the end of its data is the end.
    peer_.reset(::ioctl(master_, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
    copy_size(own_terminal(), master_);
    return raw_.enter(!shown_);
  }

  bool finished() const {
    if (!ended_) return false;
    return stopped_ || (!output_.pending() && (!output_.open() || output_.total() - total_at_end_ > kMaxAfterEnd));
  }

  // Returns false with errno.
  bool step() {
    enum { kProcess, kSignals, kInput, kMasterWrite, kMaster, kOutput, kNotice, kNotified, kCount };
    pollfd polled[kCount] = {{ended_ ? -1 : pidfd_, POLLIN, 0},
                             {signals_->fd(), POLLIN, 0},
                             input_.reader(),
                             input_.writer(),
                             output_.reader(),
                             output_.writer(),
                             relay_.reader(),
                             relay_.writer()};
    const int timeout = ended_ && !output_.pending() ? kMaxPauseMilliseconds : -1;
    const int ready = ::poll(polled, kCount, timeout);
    if (ready < 0) return errno == EINTR;
    if (ready == 0) output_.close();
    if (polled[kSignals].revents != 0) {
      // Handle a limited number per round: in a storm of signals there is always one more, and we would never notice that the process
      // ended.
      for (int count = 0; count < kMaxSignals; ++count) {
        const int signal = signals_->next();
        if (signal == 0) break;
        on_signal(signal);
      }
    }
    if (polled[kInput].revents != 0) input_.read();
    if (polled[kMasterWrite].revents != 0) input_.write();
    if (polled[kMaster].revents != 0) output_.read();
    if (polled[kOutput].revents != 0) output_.write();
    if (polled[kNotice].revents != 0) relay_.read();
    if (polled[kNotified].revents != 0) relay_.write();
    if (polled[kProcess].revents != 0) on_end();
    return true;
  }

  void on_end() {
    ended_ = true;
    input_.abandon();
    peer_.reset();
    total_at_end_ = output_.total();
  }

  void on_signal(int signal) {
    if (signal == SIGCHLD) return reap_orphans(pid_);
    if (signal == SIGWINCH) {
      if (master_ >= 0) copy_size(own_terminal(), master_);
      return;
    }
    // A shell may have changed the terminal's mode while this process was stopped.
    if (signal == SIGCONT && master_ >= 0 && !ended_) raw_.enter(!shown_);
    if (!forward_) return signal == SIGCONT ? void() : take(signal);
    // The process is gone, and its output is still being written to a reader that does not read.
    if (ended_) stopped_ = stopped_ || ends_by_default(signal);
    // ESRCH: the process has just ended, which poll(2) will report next.
    kernel::pidfd_send_signal(pidfd_, signal);
  }

  // Handles a signal for ourselves: its default effect, with the terminal restored.
  void take(int signal) {
    raw_.leave();
    signals_->let_through(signal);
    if (master_ >= 0) raw_.enter(!shown_);
  }

  const int pidfd_;
  const int master_;
  const bool forward_;
  const pid_t pid_;
  std::unique_ptr<SignalPipe> signals_ = std::move(held);
  // Declared after the signals, so that the terminal is restored before signals are released.
  RawTerminal raw_;
  // If false, our terminal shows the output of another program, such as one that reads our pipe.
  const bool shown_ = ::isatty(STDOUT_FILENO) == 1;
  Fd peer_;
  Flow input_;
  Flow output_;
  DatagramRelay relay_;
  bool ended_ = false;
  bool stopped_ = false;
  size_t total_at_end_ = 0;
};

}  // namespace

Outcome hold_signals(const Arguments&) {
  auto signals = std::make_unique<SignalPipe>();
  if (!signals->install(forwarded)) return failed("sigaction");
  held = std::move(signals);
  held_deferred = end_deferral();
  return done();
}

Outcome supervise(const Arguments& a) {
  DatagramRelay relay(a.fd(3), a.fd(4), a.has(5) ? a.texts(5) : TextList());
  return Supervision(a.fd(0), a.fd(1), a.boolean(2), std::move(relay)).run();
}

}  // namespace tsrun::entries
