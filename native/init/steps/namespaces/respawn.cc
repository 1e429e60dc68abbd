#include <linux/sched.h>

#include "../../report.h"
#include "../../steps.h"

namespace tsrun::init::steps {

namespace {

// A filter that is in force already may refuse clone3(2), whose flags it cannot see, as Docker's does: without new namespaces clone(2) does the same.
long clone_sibling(uint64_t namespaces) {
  if (namespaces == 0) return sys::call(__NR_clone, CLONE_PARENT);
  struct clone_args arguments = {};
  arguments.flags = namespaces | CLONE_PARENT;
  return sys::call(__NR_clone3, &arguments, sizeof arguments);
}

// What was opened after the host's mounts were left (procfs.cc) shows the host's processes, to whom the sibling is going to be visible, too.
long lose_host_procfs(State& state) {
  if (!state.left_host_procfs || state.in_user_namespace || !state.procfs.valid()) return 0;
  return sys::call(__NR_close, state.procfs.release());
}

}  // namespace

// The process goes on as another one, born in new namespaces, which a process cannot enter itself (pid), or which must be owned by a user namespace that is
// made along with them.
//
//   tsrun                    first                                   second
//   ----------------------   -------------------------------------   ------------------------------
//                            clone3(CLONE_PARENT | namespaces) ───>  waits for the reply
//   learns its pid      <──  kRespawned {pid}
//   reaps the first          exits 0
//   replies             ─────────────────────────────────────────>   goes on with the next operation
//
// CLONE_PARENT makes the second a child of tsrun, as the first is. Both have the same socket; the first is done with it before tsrun replies.
Result respawn(State& state, const operations::Respawn& o) {
  const long left = lose_host_procfs(state);
  if (left < 0) return failed(state, Step::kNone, left, text_of("procfs"));
  const long pid = clone_sibling(o.clone_flags());
  if (pid < 0) return failed(state, Step::kClone, pid);
  if (pid > 0) {
    report(state, plan::MessageType::kRespawned, pid);
    sys::exit(0);
  }
  // As in unshare().
  if ((o.clone_flags() & CLONE_NEWNS) != 0) state.overlay.reset();
  await_reply(state);
  return kDone;
}

}  // namespace tsrun::init::steps
