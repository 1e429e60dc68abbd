#include "procfs.h"

#include <linux/magic.h>

namespace tsrun::init {
namespace {

// PROC_ROOT_INO of linux/proc_ns.h.
constexpr uint64_t kRootInode = 1;

// The directory of this process, by its number in that procfs, which is not the one that getpid(2) answers in a new pid namespace.
long own_directory(const State& state, Chars<512>& path) {
  if (!state.procfs.valid()) return -state.procfs_error;
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

long open_in_procfs(const State& state, const char* path, unsigned flags) {
  if (!state.procfs.valid()) return -state.procfs_error;
  open_how how = {};
  how.flags = flags | O_CLOEXEC | O_NOFOLLOW;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS;
  return sys::open(state.procfs.get(), path, how);
}

long open_own(const State& state, const char* path, unsigned flags) {
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

InProcfs::InProcfs(const State& state) : error_(-state.procfs_error) {
  if (!state.procfs.valid()) return;
  error_ = before_.take(sys::open(AT_FDCWD, ".", O_PATH | O_DIRECTORY));
  if (error_ >= 0) error_ = sys::chdir(state.procfs.get());
}

InProcfs::~InProcfs() {
  if (before_.valid()) sys::chdir(before_.get());
}

}  // namespace tsrun::init
