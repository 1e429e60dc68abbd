#include <linux/mount.h>

#include "../../files/attach.h"
#include "../../files/context.h"
#include "../../files/resolve.h"
#include "../../steps.h"

namespace tsrun::init::steps {
namespace {

constexpr unsigned kTypeMask = 0170000, kDirectory = 0040000, kCharacter = 0020000;

// Opens the container's /dev/null and checks it through the same descriptor that is then cloned: anything else in its place would become
// visible to the container (CVE-2025-31133).
Result open_null(State& state) {
  if (state.mask_file.valid()) return kDone;
  const Text path = text_of("/dev/null");
  Found found;
  const Result result = resolve(state, path, {}, found);
  if (result.failed()) return {Step::kSource, result.error};
  struct statx status;
  const long looked = sys::stat(found.fd.get(), status);
  if (looked < 0) return failed(state, Step::kSource, looked, path);
  const bool null = (status.stx_mode & kTypeMask) == kCharacter && status.stx_rdev_major == 1 && status.stx_rdev_minor == 3;
  if (!null) return failed(state, Step::kVerify, -ENODEV, path);
  state.mask_file = static_cast<Fd&&>(found.fd);
  return kDone;
}

// One file system for all masked directories. The first mount is attached itself; the others are clones of it.
Result open_empty_directory(State& state, const Text& label, Fd& mount) {
  const Text name = text_of("tmpfs");
  if (state.mask_directory.valid()) {
    const long result = mount.take(clone_mount(state.mask_directory.get(), false));
    return result < 0 ? failed(state, Step::kSource, result, name) : kDone;
  }
  Context context(state);
  Result result = context.open("tmpfs");
  if (!result.failed()) result = context.set("source", "tmpfs");
  if (!result.failed()) result = context.set("nr_blocks", "1");
  if (!result.failed()) result = context.set("nr_inodes", "1");
  if (!result.failed() && !label.empty()) result = context.set("context", label.data);
  if (!result.failed()) result = context.flags(MS_RDONLY);
  if (!result.failed()) result = context.create(name);
  if (!result.failed()) result = context.mount(MOUNT_ATTR_RDONLY, mount, name);
  return result;
}

}  // namespace

Result mask(State& state, const operations::Mask& o) {
  const Text& path = o.path();
  Found found;
  Result result = resolve(state, path, {}, found);
  if (result.error == ENOENT || result.error == ENOTDIR) return kDone;
  if (!result.failed()) result = refuse_root(state, path, found);
  if (result.failed()) return result;
  struct statx status;
  const long looked = sys::stat(found.fd.get(), status);
  if (looked < 0) return failed(state, Step::kResolve, looked, path);
  Fd mount;
  if ((status.stx_mode & kTypeMask) != kDirectory) {
    result = open_null(state);
    if (result.failed()) return result;
    const long cloned = mount.take(clone_mount(state.mask_file.get(), false));
    return cloned < 0 ? failed(state, Step::kSource, cloned, text_of("/dev/null")) : attach(state, mount.get(), found.fd.get(), {}, path);
  }
  result = open_empty_directory(state, o.label(), mount);
  if (!result.failed()) result = attach(state, mount.get(), found.fd.get(), {}, path);
  if (!result.failed() && !state.mask_directory.valid()) state.mask_directory = static_cast<Fd&&>(mount);
  return result;
}

Result readonly_path(State& state, const operations::ReadonlyPath& o) {
  const Text& path = o.path();
  Found found;
  const Result result = resolve(state, path, {}, found);
  if (result.error == ENOENT || result.error == ENOTDIR) return kDone;
  if (result.failed()) return result;
  Attributes attributes;
  attributes.set = MOUNT_ATTR_RDONLY;
  if (is_root(state, path, found)) return change_attributes(state, state.rootfs.get(), attributes, path);
  Fd mount;
  const long cloned = mount.take(clone_mount(found.fd.get(), true));
  if (cloned < 0) return failed(state, Step::kSource, cloned, path);
  return attach(state, mount.get(), found.fd.get(), attributes, path);
}

}  // namespace tsrun::init::steps
