#include "../../files/attach.h"
#include "../../files/host_mounts.h"
#include "../../steps.h"

namespace tsrun::init::steps {

Result rootfs(State& state, const operations::Rootfs& o) {
  const int64_t handed = o.fd();
  const bool recursive = o.recursive();
  const Text& path = o.path();
  state.rootfs_path = path;
  if (without_host_mounts(state)) return kDone;
  if (handed < 0 && state.overlay.valid() && equal(path, state.overlay_target)) {
    state.rootfs = static_cast<Fd&&>(state.overlay);
    return kDone;
  }
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
  } else {
    result = root.take(clone_mount(place.get(), recursive));
    if (result < 0) return failed(state, Step::kSource, result, path);
  }
  const Result attached = attach(state, root.get(), place.get(), {}, path);
  if (attached.failed()) return attached;
  state.rootfs = static_cast<Fd&&>(root);
  return kDone;
}

}  // namespace tsrun::init::steps
