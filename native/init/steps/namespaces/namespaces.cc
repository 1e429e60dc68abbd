#include <linux/prctl.h>
#include <linux/sched.h>

#include "../../files/procfs.h"
#include "../../steps.h"
#include "../../undumpable.h"

namespace tsrun::init::steps {

Result unshare(State& state, const operations::Unshare& o) {
  const long result = sys::call(__NR_unshare, o.namespaces());
  // It is in the mounts that were left: its place in the copy of them is found by its path.
  if ((o.namespaces() & CLONE_NEWNS) != 0) state.overlay.reset();
  return result < 0 ? failed(state, Step::kUnshare, result) : kDone;
}

Result join_namespace(State& state, const operations::JoinNamespace& o) {
  const int64_t type = o.namespace_();
  // What is handed over for this alone is not kept where others may take it from us.
  const Fd file(o.fd());
  const long result = sys::call(__NR_setns, file.get(), type);
  if (result < 0) return failed(state, Step::kSetns, result, o.path());
  // Another tree: what `/` was is not the root any more.
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
  // With another user the kernel made it what fs.suid_dumpable says, which may be 1 (proc(5)).
  become_undumpable();
  // Those that carried the capabilities through our own execve(2).
  result = sys::call(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  return result < 0 ? failed(state, Step::kAmbient, result) : kDone;
}

}  // namespace tsrun::init::steps
