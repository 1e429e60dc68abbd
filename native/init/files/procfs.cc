#include "procfs.h"

#include <linux/magic.h>

#include "attach.h"
#include "context.h"

namespace tsrun::init {
namespace {

// PROC_ROOT_INO of linux/proc_ns.h.
constexpr uint64_t kRootInode = 1;

// Opens a new instance that is not attached anywhere, so that nothing is above it.
long open_private(State& state) {
  Context context(state);
  Result result = context.open("proc");
  if (!result.failed()) result = context.create({});
  if (!result.failed()) result = context.mount(0, state.procfs, {});
  return -result.error;
}

long need_procfs(State& state) {
  if (!state.procfs.valid() && state.left_host_procfs) state.procfs_error = static_cast<int>(-open_private(state));
  return state.procfs.valid() ? 0 : -state.procfs_error;
}

// Finds the directory of this process. In a new pid namespace its number in that procfs differs from what getpid(2) returns.
long own_directory(State& state, Chars<512>& path) {
  const long opened = need_procfs(state);
  if (opened < 0) return opened;
  const long size = sys::readlink(state.procfs.get(), "self", path.data(), 32);
  if (size < 0) return size;
  path.resize(static_cast<uint32_t>(size));
  return 0;
}

Result write_to(State& state, long opened, const char* path, const Text& value) {
  const Fd fd(opened);
  if (!fd.valid()) return failed(state, Step::kOpen, opened, text_of(path));
  const long written = sys::write(fd.get(), value.data, value.size);
  if (written < 0) return failed(state, Step::kWrite, written, text_of(path));
  return kDone;
}

}  // namespace

void open_procfs(State& state) {
  long result = state.procfs.take(sys::open(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW));
  if (result >= 0) {
    struct statfs filesystem;
    struct statx status;
    result = sys::statfs(state.procfs.get(), filesystem);
    if (result == 0 && filesystem.f_type != PROC_SUPER_MAGIC) result = -EOPNOTSUPP;
    if (result == 0) result = sys::stat(state.procfs.get(), status);
    if (result == 0 && status.stx_ino != kRootInode) result = -EOPNOTSUPP;
  }
  if (result >= 0) return;
  state.procfs.reset();
  state.procfs_error = static_cast<int>(-result);
}

void leave_host_procfs(State& state) {
  if (state.left_host_procfs) return;
  state.left_host_procfs = true;
  Fd host(state.procfs.release());
  // Once parts of the container's /proc are masked, a user namespace cannot mount a new instance (mount_too_revealing() in fs/namespace.c).
  // If that is already so, use a detached clone of the host's: it has no `..` either, and nobody in the namespace has rights over the
  // host's processes.
  if (state.in_user_namespace && open_private(state) < 0 && host.valid()) state.procfs.take(clone_mount(host.get(), true));
}

long open_in_procfs(State& state, const char* path, unsigned flags) {
  const long opened = need_procfs(state);
  if (opened < 0) return opened;
  open_how how = {};
  how.flags = flags | O_CLOEXEC | O_NOFOLLOW;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS;
  return sys::open(state.procfs.get(), path, how);
}

long open_own(State& state, const char* path, unsigned flags) {
  Chars<512> own;
  const long result = own_directory(state, own);
  if (result < 0) return result;
  if (own.add("/").add(path).full()) return -ENAMETOOLONG;
  return open_in_procfs(state, own.c_str(), flags);
}

Result write_in_procfs(State& state, const char* path, const Text& value) {
  return write_to(state, open_in_procfs(state, path, O_WRONLY), path, value);
}

Result write_own(State& state, const char* path, const Text& value) {
  return write_to(state, open_own(state, path, O_WRONLY), path, value);
}

long change_mode(State& state, int fd, unsigned mode) {
  const long opened = need_procfs(state);
  return opened < 0 ? opened : sys::call(__NR_fchmodat, state.procfs.get(), OwnPath(fd).c_str(), mode);
}

InProcfs::InProcfs(State& state) : error_(need_procfs(state)) {
  if (error_ < 0) return;
  error_ = before_.take(sys::open(AT_FDCWD, ".", O_PATH | O_DIRECTORY));
  if (error_ >= 0) error_ = sys::chdir(state.procfs.get());
}

InProcfs::~InProcfs() {
  if (before_.valid()) sys::chdir(before_.get());
}

}  // namespace tsrun::init
