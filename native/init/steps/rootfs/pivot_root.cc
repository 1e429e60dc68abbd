#include <linux/mount.h>

#include "../../files/host_mounts.h"
#include "../../files/procfs.h"
#include "../../steps.h"

namespace tsrun::init::steps {

// Needs no directory for the old root: it is mounted on top of the new one and then unmounted (pivot_root(2), "pivot_root(".", ".")").
Result pivot_root(State& state, const operations::PivotRoot&) {
  Fd old;
  leave_host_procfs(state);
  if (without_host_mounts(state)) {
    forget_host_mounts(state);
    return kDone;
  }
  long result = old.take(sys::open(AT_FDCWD, "/", O_PATH | O_DIRECTORY));
  if (result < 0) return failed(state, Step::kPivot, result);
  result = sys::chdir(state.rootfs.get());
  if (result < 0) return failed(state, Step::kPivot, result);
  result = sys::call(__NR_pivot_root, ".", ".");
  if (result < 0) return failed(state, Step::kPivot, result);
  // The unmount must not propagate to the host.
  result = sys::chdir(old.get());
  if (result == 0) result = sys::mount(nullptr, ".", nullptr, MS_SLAVE | MS_REC, nullptr);
  constexpr int kDetach = 2;
  if (result == 0) result = sys::call(__NR_umount2, ".", kDetach);
  if (result < 0) return failed(state, Step::kDetachOld, result);
  result = sys::call(__NR_chdir, "/");
  return result < 0 ? failed(state, Step::kChangeDirectory, result) : kDone;
}

}  // namespace tsrun::init::steps
