#include <linux/mount.h>

#include "../../files/attach.h"
#include "../../files/host_mounts.h"
#include "../../files/procfs.h"
#include "../../files/resolve.h"
#include "../../steps.h"

namespace tsrun::init::steps {
namespace {

constexpr unsigned kTypeMask = 0170000, kRegular = 0100000, kCharacter = 0020000, kBlock = 0060000, kFifo = 0010000, kPermissions = 07777;

struct Device {
  explicit Device(const operations::Device& o)
      : mode(o.mode()),
        major(o.major()),
        minor(o.minor()),
        uid(o.uid()),
        gid(o.gid()),
        bind(o.bind()),
        covers(o.covers()),
        path(o.path()) {}
  // huge_encode_dev of linux/kdev_t.h, the format that mknod(2) takes.
  uint64_t number() const { return (minor & 0xff) | (uint64_t{major} << 8) | (uint64_t{minor & ~0xffU} << 12); }
  bool is(const struct statx& status) const {
    const unsigned type = mode & kTypeMask;
    if ((status.stx_mode & kTypeMask) != type) return false;
    return (type != kCharacter && type != kBlock) || (status.stx_rdev_major == major && status.stx_rdev_minor == minor);
  }

  unsigned mode, major, minor;
  int64_t uid, gid;
  bool bind, covers;
  Text path;
};

struct Place {
  Fd directory;
  const char* name = nullptr;
};

// An earlier container in a user namespace left it as the mount point for the host's node.
bool is_mount_point(const struct statx& status) { return (status.stx_mode & kTypeMask) == kRegular && status.stx_size == 0; }

// Binds the host's node of the same path.
Result bind_host_node(State& state, const Device& device, const Fd& node) {
  Fd mount;
  struct statx status;
  long result = clone_from_host(state, device.path.data, 0, mount);
  if (result >= 0) result = sys::stat(mount.get(), status);
  if (result < 0) return failed(state, Step::kSource, result, device.path);
  if (!device.is(status)) return failed(state, Step::kVerify, -ENODEV, device.path);
  return attach(state, mount.get(), node.get(), {}, device.path);
}

long make_node(const Device& device, const Place& place, bool bind) {
  const unsigned mode = bind ? kRegular | 0600 : device.mode;
  const long before = sys::call(__NR_umask, 0);
  const long result = sys::call(__NR_mknodat, place.directory.get(), place.name, mode, bind ? 0 : device.number());
  sys::call(__NR_umask, before);
  return result;
}

Result set_owner(State& state, const Device& device, const Place& place) {
  // We own a new node, so there is nothing to change.
  if (device.uid == 0 && device.gid == 0) return kDone;
  Fd node;
  struct statx status;
  long result = open_name(place.directory.get(), place.name, node);
  if (result >= 0) result = sys::stat(node.get(), status);
  if (result == 0 && !device.is(status)) result = -ENODEV;
  if (result < 0) return failed(state, Step::kVerify, result, device.path);
  result = sys::chown(node.get(), device.uid, device.gid);
  if (result < 0) return failed(state, Step::kOwner, result, device.path);
  // chown(2) clears set-user-id bits.
  if ((device.mode & kPermissions) <= 0777) return kDone;
  result = change_mode(state, node.get(), device.mode & kPermissions);
  return result < 0 ? failed(state, Step::kMode, result, device.path) : kDone;
}

// What already exists belongs to the image, or to the host if one of its directories is mounted here, and is never removed. It stays if it
// is the right device, and is an error otherwise (config-linux.md, "Devices"). A default device must exist, so it covers anything that is
// not that device.
Result use_existing(State& state, const Device& device, const Place& place, bool bind) {
  Fd node;
  struct statx status;
  long result = open_name(place.directory.get(), place.name, node);
  if (result >= 0) result = sys::stat(node.get(), status);
  if (result < 0) return failed(state, Step::kVerify, result, device.path);
  // A node may be unusable in a user namespace, whose root mount can be nodev, so a default device is bound there.
  if (device.is(status) && !(bind && device.covers)) return kDone;
  if (!device.covers && !(bind && is_mount_point(status))) return failed(state, Step::kNone, -EEXIST, device.path);
  return bind_host_node(state, device, node);
}

Result make_and_bind(State& state, const Device& device, const Place& place) {
  const long made = make_node(device, place, true);
  if (made == -EEXIST) return use_existing(state, device, place, true);
  Fd node;
  const long result = made < 0 ? made : open_name(place.directory.get(), place.name, node);
  return result < 0 ? failed(state, Step::kCreate, result, device.path) : bind_host_node(state, device, node);
}

}  // namespace

// The directory is resolved inside the rootfs: if /dev in an image is a symlink, its nodes are created in the image, not on the host
// (CVE-2026-41579).
Result device(State& state, const operations::Device& o) {
  const Device device(o);
  Place place;
  const Result resolved = resolve_parent(state, device.path, place.directory, place.name);
  if (resolved.failed()) return resolved;
  // For processes that cannot create nodes: in user namespaces, and without CAP_MKNOD.
  if (device.bind) return make_and_bind(state, device, place);
  const long result = make_node(device, place, false);
  if (result == -EEXIST) return use_existing(state, device, place, false);
  if (result == -EPERM && (device.mode & kTypeMask) != kFifo) return make_and_bind(state, device, place);
  if (result < 0) return failed(state, Step::kCreate, result, device.path);
  return set_owner(state, device, place);
}

}  // namespace tsrun::init::steps
