// Creates a user namespace with given maps, for idmapped mounts. A child that does nothing else holds it.
#include <fcntl.h>

#include <csignal>
#include <optional>

#include "../fd.h"
#include "../files/entries.h"
#include "../files/write.h"
#include "../kernel.h"
#include "../outcome.h"
#include "../process/undumpable.h"
#include "../raw.h"
#include "../spawn/child.h"

namespace tsrun::entries {
namespace {

// Waits until it is killed, or until the other end of the pipe closes because we died.
int child_main(void* argument) {
  const int* pipe = static_cast<const int*>(argument);
  char byte;
  raw::call(SYS_close, pipe[1]);
  raw::call(SYS_read, pipe[0], raw::address(&byte), 1);
  return 0;
}

// A process in a new user namespace. It is killed and reaped on every path, because its stack must outlive it.
class Holder {
 public:
  // Returns false with errno.
  bool start() {
    if (::pipe2(pipe_, O_CLOEXEC) < 0) return false;
    read_end_.reset(pipe_[0]);
    write_end_.reset(pipe_[1]);
    Birth birth;
    birth.flags = kernel::kCloneNewUser;
    return clone_child(birth, stack_, child_main, pipe_, child_);
  }
  ~Holder() {
    if (!child_.pidfd.valid()) return;
    const int kept = errno;
    kernel::pidfd_send_signal(child_.pidfd.get(), SIGKILL);
    reap_child(child_.pidfd.get());
    errno = kept;
  }
  std::string path(const char* name) const { return "/proc/" + std::to_string(child_.pid) + "/" + name; }

  // Returns -1 with errno. Without CAP_SYS_PTRACE, root may access only a child that is dumpable.
  int open_namespace() {
    const int fd = uninterrupted([&] { return ::open(path("ns/user").c_str(), O_RDONLY | O_CLOEXEC); });
    if (fd >= 0 || (errno != EACCES && errno != EPERM)) return fd;
    undumpable_.reset();
    return uninterrupted([&] { return ::open(path("ns/user").c_str(), O_RDONLY | O_CLOEXEC); });
  }

 private:
  std::optional<Undumpable> undumpable_{std::in_place, true};
  ChildStack stack_;
  int pipe_[2] = {-1, -1};
  Fd read_end_;
  Fd write_end_;
  Child child_;
};

bool write_map(const std::string& path, const std::string& map) {
  const Fd fd(uninterrupted([&] { return ::open(path.c_str(), O_WRONLY | O_CLOEXEC); }));
  return fd.valid() && write_all(fd.get(), map.data(), map.size());
}

}  // namespace

Outcome make_user_namespace(const Arguments& a) {
  Holder holder;
  if (!holder.start()) return failed("clone3", "user namespace");
  if (!write_map(holder.path("uid_map"), a.text(0))) return failed("write", "uid_map");
  if (!write_map(holder.path("gid_map"), a.text(1))) return failed("write", "gid_map");
  const int fd = holder.open_namespace();
  if (fd < 0) return failed("open", "ns/user");
  return answer_fd(fd);
}

}  // namespace tsrun::entries
