#include "attach.h"

#include <linux/mount.h>

#include "procfs.h"

namespace tsrun::init {
namespace {

long setattr(int mount, uint64_t set, uint64_t clear, uint64_t propagation, bool recursive) {
  if (set == 0 && clear == 0 && propagation == 0) return 0;
  struct mount_attr attributes = {};
  attributes.attr_set = set;
  attributes.attr_clr = clear;
  attributes.propagation = propagation;
  return sys::call(__NR_mount_setattr, mount, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attributes, sizeof attributes);
}

long setattr(int mount, const Attributes& a) {
  const long result = setattr(mount, a.set, a.clear, 0, false);
  return result < 0 ? result : setattr(mount, a.recursive_set, a.recursive_clear, 0, true);
}

// Returns `clear` without the flags that a more privileged mount namespace may have locked (mount_namespaces(7)): such a bind mount stays
// read-only even if the configuration says `rw`, as with runc and crun. An access time that is requested explicitly is kept.
uint64_t clearable(uint64_t clear, uint64_t set) {
  const uint64_t atime = (set & MOUNT_ATTR__ATIME) != 0 ? MOUNT_ATTR__ATIME : 0;
  return clear & (MOUNT_ATTR_NOSYMFOLLOW | atime);
}

Attributes without_locked(Attributes a) {
  a.clear = clearable(a.clear, a.set);
  a.recursive_clear = clearable(a.recursive_clear, a.recursive_set);
  return a;
}

// Before 5.12 there is no mount_setattr(2). mount(2) with MS_REMOUNT | MS_BIND replaces all flags of one mount, so the existing ones must
// be given again.
long remount(State& state, int mount, const Attributes& a) {
  if (a.recursive_set != 0 || a.recursive_clear != 0) return -ENOSYS;
  // The ST_* flags of statfs(2) and the MS_* flags of mount(2) are the same bits, with two exceptions.
  constexpr long kStNoatime = 0x400, kStNodiratime = 0x800, kStRelatime = 0x1000;
  constexpr uint64_t kSame = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
  struct statfs filesystem;
  long result = sys::statfs(mount, filesystem);
  if (result < 0) return result;
  const long has = filesystem.f_flags;
  uint64_t flags = static_cast<uint64_t>(has) & kSame;
  flags = (flags & ~(a.clear & kSame)) | (a.set & kSame);
  if ((a.clear & MOUNT_ATTR__ATIME) != 0) {
    const uint64_t atime = a.set & MOUNT_ATTR__ATIME;
    flags |= atime == MOUNT_ATTR_NOATIME ? MS_NOATIME : atime == MOUNT_ATTR_STRICTATIME ? MS_STRICTATIME : MS_RELATIME;
  } else {
    flags |= (has & kStNoatime) != 0 ? MS_NOATIME : (has & kStRelatime) != 0 ? MS_RELATIME : MS_STRICTATIME;
  }
  const bool nodiratime = (a.set & MOUNT_ATTR_NODIRATIME) != 0 || ((has & kStNodiratime) != 0 && (a.clear & MOUNT_ATTR_NODIRATIME) == 0);
  if (nodiratime) flags |= MS_NODIRATIME;
  const InProcfs here(state);
  if (here.error() < 0) return here.error();
  return sys::mount(nullptr, OwnPath(mount).c_str(), nullptr, MS_REMOUNT | MS_BIND | flags, nullptr);
}

}  // namespace

namespace {

// For a directory on a file, or the reverse, move_mount(2) fails with EINVAL and mount(2) with ENOTDIR. Docker shows advice if it finds the
// words of the latter.
long attach_error(int mount, int destination, long error) {
  constexpr unsigned kTypeMask = 0170000, kDirectory = 0040000;
  struct statx source, place;
  if (error != -EINVAL || sys::stat(mount, source) < 0 || sys::stat(destination, place) < 0) return error;
  const bool differ = ((source.stx_mode & kTypeMask) == kDirectory) != ((place.stx_mode & kTypeMask) == kDirectory);
  return differ ? -ENOTDIR : error;
}

}  // namespace

// MOUNT_ATTR_RDONLY to MOUNT_ATTR_NOEXEC are the same bits as the flags of mount(2).
static_assert(MOUNT_ATTR_RDONLY == MS_RDONLY && MOUNT_ATTR_NOSUID == MS_NOSUID && MOUNT_ATTR_NODEV == MS_NODEV &&
              MOUNT_ATTR_NOEXEC == MS_NOEXEC);

Result attach(State& state, int mount, int destination, const Attributes& attributes, const Text& about) {
  long result = setattr(mount, attributes);
  if (result == -EPERM && state.in_user_namespace) result = setattr(mount, without_locked(attributes));
  // mount(2) can only change attached mounts.
  const bool later = result == -ENOSYS;
  if (result < 0 && !later) return failed(state, Step::kAttributes, result, about);
  result = sys::call(__NR_move_mount, mount, "", destination, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
  if (result < 0) return failed(state, Step::kAttach, attach_error(mount, destination, result), about);
  if (later) result = remount(state, mount, attributes);
  return result < 0 ? failed(state, Step::kAttributes, result, about) : kDone;
}

Result change_attributes(State& state, int mount, const Attributes& attributes, const Text& about) {
  long result = setattr(mount, attributes);
  if (result == -ENOSYS) result = remount(state, mount, attributes);
  return result < 0 ? failed(state, Step::kAttributes, result, about) : kDone;
}

Result change_propagation(State& state, int mount, uint64_t flags, const Text& about) {
  if (flags == 0) return kDone;
  long result = setattr(mount, 0, 0, flags & ~uint64_t{MS_REC}, (flags & MS_REC) != 0);
  if (result == -ENOSYS) {
    const InProcfs here(state);
    result = here.error() < 0 ? here.error() : sys::mount(nullptr, OwnPath(mount).c_str(), nullptr, flags, nullptr);
  }
  return result < 0 ? failed(state, Step::kPropagate, result, about) : kDone;
}

Result make_holder_private(State& state, int inside, const Text& about) {
  Fd at;
  struct statx status;
  int directory = inside;
  for (;;) {
    const long result = sys::stat(directory, status);
    if (result < 0) return failed(state, Step::kPropagate, result, about);
    if ((status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0) break;
    Fd parent;
    const long opened = parent.take(sys::open(directory, "..", O_PATH | O_DIRECTORY));
    if (opened < 0) return failed(state, Step::kPropagate, opened, about);
    // If tsrun runs in a chroot(2), the root itself is not a mount point, and nothing else is above it.
    struct statx above;
    const long looked = sys::stat(parent.get(), above);
    if (looked < 0) return failed(state, Step::kPropagate, looked, about);
    if (above.stx_ino == status.stx_ino && above.stx_dev_major == status.stx_dev_major && above.stx_dev_minor == status.stx_dev_minor) {
      return failed(state, Step::kPropagate, -EINVAL, about);
    }
    at = static_cast<Fd&&>(parent);
    directory = at.get();
  }
  return change_propagation(state, directory, MS_PRIVATE, about);
}

long clone_mount(int fd, bool recursive) {
  return sys::open_tree(fd, "", OPEN_TREE_CLONE | AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0));
}

}  // namespace tsrun::init
