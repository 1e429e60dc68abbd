#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/sched.h>

#include "../../files/host_mounts.h"
#include "../../steps.h"

namespace tsrun::init::steps {
namespace {

// UNSHARE_EMPTY_MNTNS of linux/sched.h, since Linux 7.1: a mount namespace with nothing but an empty directory that nobody can change.
constexpr unsigned long kEmpty = 0x00100000;

// chroot(2) and setns(2) need it, pivot_root(2) does not.
bool may_change_root() {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2] = {};
  return sys::call(__NR_capget, &header, data) == 0 && ((data[0].effective >> CAP_SYS_CHROOT) & 1) != 0;
}

// The process is in the empty directory. The rootfs covers it, as pivot_root(2) would leave it.
Result enter(State& state, Fd& root, const Text& path) {
  Fd empty;
  long result = empty.take(sys::open(AT_FDCWD, "/", O_PATH | O_DIRECTORY));
  if (result >= 0) result = sys::call(__NR_move_mount, root.get(), "", empty.get(), "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
  if (result < 0) return failed(state, Step::kAttach, result, path);
  result = sys::chdir(root.get());
  if (result == 0) result = sys::call(__NR_chroot, ".");
  if (result < 0) return failed(state, Step::kChangeDirectory, result, path);
  state.rootfs = static_cast<Fd&&>(root);
  return kDone;
}

}  // namespace

Result own_mounts(State& state, const operations::OwnMounts& o) {
  Fd root;
  if (may_change_root() && open_host_mounts(state, o.path(), root)) {
    if (sys::call(__NR_unshare, kEmpty) == 0) return enter(state, root, o.path());
    forget_host_mounts(state);
  }
  const long result = sys::call(__NR_unshare, CLONE_NEWNS);
  return result < 0 ? failed(state, Step::kUnshare, result) : kDone;
}

}  // namespace tsrun::init::steps
