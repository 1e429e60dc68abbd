#include <linux/sched.h>

#include "../../report.h"
#include "../../steps.h"

namespace tsrun::init::steps {

namespace {

// A seccomp filter that is already in force may reject clone3(2), because it cannot see the flags; Docker's does. Without new namespaces
// clone(2) does the same.
long clone_sibling(uint64_t namespaces) {
  if (namespaces == 0) return sys::call(__NR_clone, CLONE_PARENT);
  struct clone_args arguments = {};
  arguments.flags = namespaces | CLONE_PARENT;
  return sys::call(__NR_clone3, &arguments, sizeof arguments);
}

// The procfs opened when the host's mounts were left (procfs.cc) shows the host's processes. The sibling will be visible to them, too.
long lose_host_procfs(State& state) {
  if (!state.left_host_procfs || state.in_user_namespace || !state.procfs.valid()) return 0;
  return sys::call(__NR_close, state.procfs.release());
}

}  // namespace

// The process continues as another one, born in new namespaces: either a pid namespace, which a process cannot enter itself, or namespaces
// that must be owned by a user namespace that is created with them.
//
//   tsrun                    first                                   second
//   ----------------------   -------------------------------------   ------------------------------
//                            clone3(CLONE_PARENT | namespaces) ───>  waits for the reply
//   learns its pid      <──  kRespawned {pid}
//   reaps the first          exits 0
//   replies             ─────────────────────────────────────────>   continues with the next operation
//
// CLONE_PARENT makes the second process a child of tsrun, as the first is. Both have the same socket, but the first has finished with it
// before tsrun replies.
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
