// Opens sources of bind mounts that tsrun-init cannot open itself: root in its user namespace may not reach the path, or the mount will be
// id-mapped.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "../fd.h"
#include "../files/entries.h"
#include "../kernel.h"
#include "../outcome.h"
#include "../raw.h"
#include "../spawn/child.h"

namespace tsrun::entries {
namespace {

// A process with our rights in the mount namespace of tsrun-init, with its root. A path cloned there resolves through all earlier mounts,
// and the clone is locked like every mount that the container has from the host: the user namespace cannot clear ro, nosuid, nodev or
// noexec (mount_namespaces(7), "Restrictions on mount namespaces"). The process shares our descriptors, but is not visible to the
// container's processes, because it is in none of their pid namespaces.
class Cloner {
 public:
  Cloner(int init, int init_root, const char* path, bool recursive, bool follow)
      : init_(init),
        init_root_(init_root),
        path_(path),
        recursive_(recursive),
        link_(follow ? 0 : AT_SYMLINK_NOFOLLOW),
        open_flags_(O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW)) {}

  // Opened before, with our own root: the child goes back to that directory.
  bool open_own() {
    own_namespace_.reset(::open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
    own_root_.reset(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    return own_namespace_.valid() && own_root_.valid();
  }

  static int main(void* self) {
    auto* cloner = static_cast<Cloner*>(self);
    cloner->result = cloner->clone();
    return 0;
  }

  // The descriptor, or -errno.
  long result = -ECHILD;

 private:
  long clone() {
    long error = enter(init_, init_root_);
    if (error < 0) return error;
    const long mount = tree(AT_FDCWD, path_, link_ | (recursive_ ? kernel::kAtRecursive : 0));
    return mount == -EINVAL && !recursive_ ? clone_alone() : mount;
  }

  // If mounts below a directory hide files and a user namespace owns the mounts, the kernel locks them to the directory, and the directory
  // alone cannot be cloned (has_locked_children() in fs/namespace.c). So clone it among the host's mounts, if it is the same directory
  // there, and lock it by passing it through a mount namespace that the user namespace owns.
  long clone_alone() {
    long inside = raw::call(SYS_openat, AT_FDCWD, raw::address(path_), open_flags_);
    if (inside < 0) return inside;
    long outside = enter(own_namespace_.get(), own_root_.get());
    if (outside >= 0) outside = raw::call(SYS_openat, AT_FDCWD, raw::address(path_), open_flags_ | O_DIRECTORY);
    long result = outside < 0 ? outside : same(inside, outside) ? clone_locked(outside) : -EINVAL;
    if (outside >= 0) raw::call(SYS_close, outside);
    raw::call(SYS_close, inside);
    return result;
  }

  long clone_locked(long directory) const {
    long error = raw::call(SYS_fchdir, directory);
    if (error >= 0) error = raw::call(SYS_unshare, CLONE_NEWNS);
    if (error >= 0) error = raw::call(SYS_mount, 0, raw::address("/"), 0, MS_REC | MS_PRIVATE, 0);
    if (error < 0) return error;
    const long alone = tree(AT_FDCWD, ".", 0);
    if (alone < 0) return alone;
    error = raw::call(kernel::kMoveMount, alone, raw::address(""), AT_FDCWD, raw::address("."), kernel::kMoveMountFromEmptyPath);
    // unshare(2) moves the working directory to the copy of its mount.
    if (error >= 0) error = raw::call(SYS_fchdir, alone);
    raw::call(SYS_close, alone);
    if (error >= 0) error = raw::call(SYS_setns, init_, CLONE_NEWUSER);
    if (error >= 0) error = raw::call(SYS_unshare, CLONE_NEWNS);
    return error < 0 ? error : tree(AT_FDCWD, ".", 0);
  }

  static long tree(int directory, const char* path, unsigned flags) {
    return raw::call(kernel::kOpenTree, directory, raw::address(path), kernel::kOpenTreeClone | O_CLOEXEC | flags);
  }

  static long enter(int mounts, int root) {
    long error = raw::call(SYS_setns, mounts, CLONE_NEWNS);
    if (error >= 0) error = raw::call(SYS_fchdir, root);
    return error < 0 ? error : raw::call(SYS_chroot, raw::address("."));
  }

  // If the directory is on a mount of the container itself, the same path on the host has another inode or other flags.
  static bool same(long one, long other) {
    kernel::FileStatus a = {}, b = {};
    struct statfs c = {}, d = {};
    if (raw::call(SYS_statx, one, raw::address(""), AT_EMPTY_PATH, kernel::kStatusBasic, raw::address(&a)) < 0) return false;
    if (raw::call(SYS_statx, other, raw::address(""), AT_EMPTY_PATH, kernel::kStatusBasic, raw::address(&b)) < 0) return false;
    if (raw::call(SYS_fstatfs, one, raw::address(&c)) < 0 || raw::call(SYS_fstatfs, other, raw::address(&d)) < 0) return false;
    return a.inode == b.inode && a.on_major == b.on_major && a.on_minor == b.on_minor && c.f_flags == d.f_flags;
  }

  const int init_, init_root_;
  const char* const path_;
  const bool recursive_;
  const unsigned link_, open_flags_;
  Fd own_namespace_, own_root_;
};

}  // namespace

Outcome clone_mount(const Arguments& a) {
  const int init = a.fd(1);
  const std::string root_path = "/proc/" + std::to_string(a.integer(0)) + "/root";
  const std::string& path = a.text(2);
  const Fd root(::open(root_path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.valid()) return failed("open", root_path);
  Cloner cloner(init, root.get(), path.c_str(), a.boolean(3), a.boolean(4));
  if (!cloner.open_own()) return failed("open", "/proc/self/ns/mnt");
  if (!call_in_child(Cloner::main, &cloner)) return failed("clone3", path);
  if (cloner.result < 0) return Failure{static_cast<int>(-cloner.result), "open_tree", path};
  return answer_fd(static_cast<int>(cloner.result));
}

}  // namespace tsrun::entries
