#include "../../files/procfs.h"
#include "../../steps.h"

namespace tsrun::init::steps {

Result change_root(State& state, const operations::ChangeRoot& o) {
  leave_host_procfs(state);
  const long result = sys::call(__NR_chroot, o.path().data);
  if (result < 0) return failed(state, Step::kNone, result, o.path());
  const long changed = sys::call(__NR_chdir, "/");
  state.rootfs.reset();
  return changed < 0 ? failed(state, Step::kChangeDirectory, changed, o.path()) : kDone;
}

}  // namespace tsrun::init::steps
