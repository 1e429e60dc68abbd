#include <linux/mount.h>

#include "../attach.h"
#include "../resolve.h"
#include "../steps.h"

namespace tsrun::init::steps {
namespace {

constexpr unsigned kTypeMask = 0170000, kRegular = 0100000, kCharacter = 0020000, kBlock = 0060000, kPermissions = 07777;

struct Device {
  explicit Device(const Operation& o)
      : mode(static_cast<unsigned>(o.numbers[0])),
        major(static_cast<unsigned>(o.numbers[1])),
        minor(static_cast<unsigned>(o.numbers[2])),
        uid(o.numbers[3]),
        gid(o.numbers[4]),
        bind(o.numbers[5] != 0),
        path(o.texts[0]) {}
  // huge_encode_dev of linux/kdev_t.h, which mknod(2) takes.
  uint64_t number() const { return (minor & 0xff) | (uint64_t{major} << 8) | (uint64_t{minor & ~0xffU} << 12); }
  bool is(const struct statx& status) const {
    const unsigned type = mode & kTypeMask;
    if ((status.stx_mode & kTypeMask) != type) return false;
    return (type != kCharacter && type != kBlock) || (status.stx_rdev_major == major && status.stx_rdev_minor == minor);
  }

  unsigned mode, major, minor;
  int64_t uid, gid;
  bool bind;
  Text path;
};

struct Place {
  Fd directory;
  const char* name = nullptr;
};

long open_node(const Place& place, Fd& node, struct statx& status) {
  open_how how = {};
  how.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const long result = node.take(sys::open(place.directory.get(), place.name, how));
  return result < 0 ? result : sys::stat(node.get(), status);
}

// The host's node of the same path, where nodes cannot be made: in user namespaces, and without CAP_MKNOD.
Result bind_host_node(State& state, const Device& device, const Place& place) {
  Fd mount;
  struct statx status;
  long result = mount.take(sys::open_tree(AT_FDCWD, device.path.data, OPEN_TREE_CLONE));
  if (result >= 0) result = sys::stat(mount.get(), status);
  if (result < 0) return failed(state, Step::kSource, result, device.path);
  if (!device.is(status)) return failed(state, Step::kVerify, -ENODEV, device.path);
  result = sys::call(__NR_mknodat, place.directory.get(), place.name, kRegular | 0600, 0);
  if (result < 0 && result != -EEXIST) return failed(state, Step::kCreate, result, device.path);
  Fd node;
  result = open_node(place, node, status);
  if (result < 0) return failed(state, Step::kCreate, result, device.path);
  return attach(state, mount.get(), node.get(), {}, device.path);
}

long make_node(const Device& device, const Place& place) {
  const long before = sys::call(__NR_umask, 0);
  const long result = sys::call(__NR_mknodat, place.directory.get(), place.name, device.mode, device.number());
  sys::call(__NR_umask, before);
  return result;
}

Result set_owner(State& state, const Device& device, const Place& place) {
  // A new node belongs to us.
  if (device.uid == 0 && device.gid == 0) return kDone;
  Fd node;
  struct statx status;
  long result = open_node(place, node, status);
  if (result == 0 && !device.is(status)) result = -ENODEV;
  if (result < 0) return failed(state, Step::kVerify, result, device.path);
  result = sys::chown(node.get(), device.uid, device.gid);
  if (result < 0) return failed(state, Step::kOwner, result, device.path);
  // chown(2) takes set-user-id bits away; the descriptor is O_PATH, so that chmod has to go by the name.
  if ((device.mode & kPermissions) <= 0777) return kDone;
  result = sys::call(__NR_fchmodat, place.directory.get(), place.name, device.mode & kPermissions);
  return result < 0 ? failed(state, Step::kMode, result, device.path) : kDone;
}

}  // namespace

// The directory is resolved inside the rootfs: an image whose /dev is a symlink gets its nodes there, not on the host (CVE-2026-41579).
Result device(State& state, const Operation& o) {
  const Device device(o);
  Place place;
  const Result resolved = resolve_parent(state, device.path, place.directory, place.name);
  if (resolved.failed()) return resolved;
  if (device.bind) return bind_host_node(state, device, place);
  long result = make_node(device, place);
  if (result == -EEXIST) {
    Fd node;
    struct statx status;
    result = open_node(place, node, status);
    // As in runc: the node of the image stays as it is.
    if (result == 0 && device.is(status)) return kDone;
    if (result == 0) result = sys::unlink(place.directory.get(), place.name);
    if (result == 0) result = make_node(device, place);
  }
  if (result == -EPERM && (device.mode & kTypeMask) != 0010000) return bind_host_node(state, device, place);
  if (result < 0) return failed(state, Step::kCreate, result, device.path);
  return set_owner(state, device, place);
}

}  // namespace tsrun::init::steps
