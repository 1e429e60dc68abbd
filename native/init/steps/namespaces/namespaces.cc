#include <linux/prctl.h>
#include <linux/sched.h>

#include "../../files/procfs.h"
#include "../../steps.h"
#include "../../undumpable.h"

namespace tsrun::init::steps {

Result unshare(State& state, const operations::Unshare& o) {
  const long result = sys::call(__NR_unshare, o.namespaces());
  // The overlay is on a mount of the previous namespace. Its copy in the new one is found by path.
  if ((o.namespaces() & CLONE_NEWNS) != 0) state.overlay.reset();
  return result < 0 ? failed(state, Step::kUnshare, result) : kDone;
}

Result join_namespace(State& state, const operations::JoinNamespace& o) {
  const int64_t type = o.namespace_();
  // A descriptor handed over for this purpose only must not stay open where others could take it.
  const Fd file(o.fd());
  const long result = sys::call(__NR_setns, file.get(), type);
  if (result < 0) return failed(state, Step::kSetns, result, o.path());
  // In the other mount tree, the previous `/` is not the root any more.
  if ((type & CLONE_NEWNS) != 0) state.rootfs.reset();
  return kDone;
}

Result join_process(State& state, const operations::JoinProcess& o) {
  const int64_t namespaces = o.namespaces();
  state.in_user_namespace = (namespaces & CLONE_NEWUSER) != 0;
  if ((namespaces & CLONE_NEWNS) != 0) leave_host_procfs(state);
  const Fd process(o.pidfd());
  const long result = sys::call(__NR_setns, process.get(), namespaces);
  if (result < 0) return failed(state, Step::kSetns, result);
  if ((namespaces & CLONE_NEWNS) != 0) state.rootfs.reset();
  return kDone;
}

Result become_root(State& state, const operations::BecomeRoot&) {
  state.in_user_namespace = true;
  long result = sys::call(__NR_setresgid, 0, 0, 0);
  if (result < 0) return failed(state, Step::kGid, result);
  result = sys::call(__NR_setresuid, 0, 0, 0);
  if (result < 0) return failed(state, Step::kUid, result);
  // When the user changed, the kernel set the dumpable flag from fs.suid_dumpable, which may be 1 (proc(5)).
  become_undumpable();
  // Clear the ambient capabilities, which carried ours through our own execve(2).
  result = sys::call(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  return result < 0 ? failed(state, Step::kAmbient, result) : kDone;
}

}  // namespace tsrun::init::steps
