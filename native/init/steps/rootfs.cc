#include <linux/mount.h>

#include "../attach.h"
#include "../steps.h"

namespace tsrun::init::steps {
namespace {

// pivot_root(2) refuses a root whose parent mount is shared, and what is attached to a shared mount would appear on the host.
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
    at = static_cast<Fd&&>(parent);
    directory = at.get();
  }
  return change_propagation(state, directory, MS_PRIVATE, about);
}

}  // namespace

Result rootfs(State& state, const Operation& o) {
  const int64_t handed = o.numbers[0];
  const bool recursive = o.numbers[1] != 0;
  const Text& path = o.texts[0];
  Fd place;
  long result = place.take(sys::open(AT_FDCWD, path.data, O_PATH | O_DIRECTORY));
  if (result < 0) return failed(state, Step::kSource, result, path);
  if (state.shared) {
    const Result made = make_holder_private(state, place.get(), path);
    if (made.failed()) return made;
  }
  Fd root;
  if (handed >= 0) {
    root.reset(handed);
  } else if (state.overlay.valid() && equal(path, state.overlay_target)) {
    root = static_cast<Fd&&>(state.overlay);
  } else {
    result = root.take(clone_mount(place.get(), recursive));
    if (result < 0) return failed(state, Step::kSource, result, path);
  }
  const Result attached = attach(state, root.get(), place.get(), {}, path);
  if (attached.failed()) return attached;
  state.rootfs = static_cast<Fd&&>(root);
  state.rootfs_path = path;
  return kDone;
}

}  // namespace tsrun::init::steps
