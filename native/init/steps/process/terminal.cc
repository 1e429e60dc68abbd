#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <linux/magic.h>

#include "../../base/message.h"
#include "../../files/attach.h"
#include "../../files/control_terminal.h"
#include "../../files/resolve.h"
#include "../../steps.h"

namespace tsrun::init::steps {
namespace {

constexpr unsigned kTypeMask = 0170000, kCharacter = 0020000;
// linux/major.h: /dev/ptmx is 5:2; the other ends have UNIX98_PTY_SLAVE_MAJOR and the seven numbers after it.
constexpr unsigned kMultiplexerMajor = 5, kMultiplexerMinor = 2, kFirstPeerMajor = 136, kLastPeerMajor = 143;

Result open_master(State& state, Fd& master) {
  const char* path = "/dev/pts/ptmx";
  long result = master.take(open_type_in_root(state, path, kCharacter, O_RDWR | O_NOCTTY | O_NONBLOCK));
  if (result == -ENOENT) {
    path = "/dev/ptmx";
    result = master.take(open_type_in_root(state, path, kCharacter, O_RDWR | O_NOCTTY | O_NONBLOCK));
  }
  if (result == -ENOTTY) return failed(state, Step::kVerify, result, text_of(path));
  struct statx status;
  if (result >= 0) result = sys::stat(master.get(), status);
  if (result < 0) return failed(state, Step::kOpen, result, text_of(path));
  const bool multiplexer = (status.stx_mode & kTypeMask) == kCharacter && status.stx_rdev_major == kMultiplexerMajor &&
                           status.stx_rdev_minor == kMultiplexerMinor;
  if (!multiplexer) return failed(state, Step::kVerify, -ENOTTY, text_of(path));
  // It was opened non-blocking, so that a FIFO in its place could not block us.
  constexpr int kSetStatusFlags = 4;
  result = sys::call(__NR_fcntl, master.get(), kSetStatusFlags, 0);
  return result < 0 ? failed(state, Step::kOpen, result, text_of(path)) : kDone;
}

// Opens the peer through the master, not by its path, which the container could have replaced (CVE-2025-52565).
Result open_peer(State& state, const Fd& master, Fd& peer) {
  const Text about = text_of("/dev/pts");
  int locked = 0;
  long result = sys::call(__NR_ioctl, master.get(), TIOCSPTLCK, &locked);
  if (result == 0) result = peer.take(sys::call(__NR_ioctl, master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (result < 0) return failed(state, Step::kIoctl, result, about);
  struct statfs filesystem;
  struct statx status;
  result = sys::statfs(peer.get(), filesystem);
  if (result == 0) result = sys::stat(peer.get(), status);
  if (result < 0) return failed(state, Step::kVerify, result, about);
  const bool terminal = filesystem.f_type == DEVPTS_SUPER_MAGIC && (status.stx_mode & kTypeMask) == kCharacter &&
                        status.stx_rdev_major >= kFirstPeerMajor && status.stx_rdev_major <= kLastPeerMajor;
  return terminal ? kDone : failed(state, Step::kVerify, -ENOTTY, about);
}

// Turns off the carriage return that a new terminal adds before every line feed.
long end_lines_plainly(const Fd& master) {
  struct termios modes;
  const long result = sys::call(__NR_ioctl, master.get(), TCGETS, &modes);
  if (result < 0) return result;
  modes.c_oflag &= ~static_cast<tcflag_t>(ONLCR);
  return sys::call(__NR_ioctl, master.get(), TCSETS, &modes);
}

// The data sent with the descriptor is a name, as in runc.
Result send_master(State& state, int socket, const Fd& master) {
  constexpr int kNoSignal = 0x4000;
  char name[] = "/dev/ptmx";
  Part part = {name, sizeof name - 1};
  RightsOfOne control;
  control.fd = master.get();
  const MessageHeader message = {nullptr, 0, &part, 1, &control, sizeof control, 0};
  const long result = sys::call(__NR_sendmsg, socket, &message, kNoSignal);
  return result < 0 ? failed(state, Step::kSend, result) : kDone;
}

Result mount_console(State& state, const Fd& peer) {
  const Text path = text_of("/dev/console");
  Found found;
  Lookup lookup;
  lookup.missing = Missing::kMakeFile;
  lookup.follow = false;
  const Result resolved = resolve(state, path, lookup, found);
  if (resolved.failed()) return resolved;
  Fd mount;
  const long result = mount.take(clone_mount(peer.get(), false));
  return result < 0 ? failed(state, Step::kSource, result, path) : attach(state, mount.get(), found.fd.get(), {}, path);
}

Result become_standard(State& state, const Fd& peer) {
  for (int fd = 0; fd < 3; ++fd) {
    const long result = sys::call(__NR_dup3, peer.get(), fd, 0);
    if (result < 0) return failed(state, Step::kIoctl, result);
  }
  return kDone;
}

}  // namespace

Result terminal(State& state, const operations::Terminal& o) {
  Fd socket(o.socket());
  const auto rows = o.rows();
  const auto columns = o.columns();
  const bool on_console = o.mount_console();
  const bool plain_lines = o.plain_lines();
  const bool controlling = o.controlling();
  Fd master;
  Fd peer;
  Result result = open_master(state, master);
  if (!result.failed()) result = open_peer(state, master, peer);
  if (result.failed()) return result;
  if (rows != 0 || columns != 0) {
    const unsigned short size[4] = {rows, columns, 0, 0};  // struct winsize
    const long set = sys::call(__NR_ioctl, master.get(), TIOCSWINSZ, size);
    if (set < 0) return failed(state, Step::kIoctl, set);
  }
  if (plain_lines) {
    const long set = end_lines_plainly(master);
    if (set < 0) return failed(state, Step::kIoctl, set);
  }
  const long owned = sys::call(__NR_fchown, peer.get(), o.uid(), o.gid());
  if (owned < 0) return failed(state, Step::kOwner, owned);
  result = send_master(state, socket.get(), master);
  if (!result.failed() && on_console) result = mount_console(state, peer);
  if (!result.failed()) result = become_standard(state, peer);
  return result.failed() || !controlling ? result : control_terminal(state);
}

}  // namespace tsrun::init::steps
