#include <linux/sched.h>

#include "../report.h"
#include "../steps.h"

namespace tsrun::init::steps {

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
Result respawn(State& state, const Operation& o) {
  struct clone_args arguments = {};
  arguments.flags = static_cast<uint64_t>(o.numbers[0]) | CLONE_PARENT;
  const long pid = sys::call(__NR_clone3, &arguments, sizeof arguments);
  if (pid < 0) return failed(state, Step::kClone, pid);
  if (pid > 0) {
    report(state, plan::MessageType::kRespawned, pid);
    sys::exit(0);
  }
  // As in unshare().
  if ((o.numbers[0] & CLONE_NEWNS) != 0) state.overlay.reset();
  await_reply(state);
  return kDone;
}

}  // namespace tsrun::init::steps
