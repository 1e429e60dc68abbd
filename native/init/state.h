// The state that operations share. There is one State, which the loop passes to each operation.
#pragma once
#include "../plan_decode.h"
#include "base/fd.h"
#include "base/text.h"

namespace tsrun::init {

using plan::Operation;
using plan::Step;

// The result of an operation. State::about names the object of a failure.
struct [[nodiscard]] Result {
  Step step = Step::kNone;
  int error = 0;
  bool failed() const { return step != Step::kNone || error != 0; }
};
constexpr Result kDone = {};

// The value of State::operation before the first operation of the plan.
constexpr uint32_t kBeforeTheFirst = 0xffffffff;

// It lies on the stack. Mostly the beginning of each path is used, so one path is the first member, next to the callees' frames, and one
// the last, after the small members: this touches the fewest pages.
struct State {
  // Used by kExecute: empty, or HOME=... to add to the environment.
  Path home;

  // Where reports go: the socket to tsrun, and after kReady the connection of the process that starts the container.
  Fd reports;
  const plan::Plan* plan = nullptr;
  uint32_t operation = kBeforeTheFirst;

  // The host's procfs, opened and verified at the start, or the errno if that failed. See leave_host_procfs().
  Fd procfs;
  int procfs_error = 0;
  bool left_host_procfs = false;
  // What the source of the next bind mount must be, if anything.
  Fd source_proof;
  // Whether we are in a user namespace that is not tsrun's.
  bool in_user_namespace = false;

  // The rootfs; `/` once the root has been switched.
  Fd rootfs;
  Text rootfs_path;
  // An overlay that is attached and waits for the kRootfs operation with the same path.
  Fd overlay;
  Text overlay_target;
  // The host's mount namespace, and clones of the sources of bind mounts, in the order of the plan: see files/host_mounts.h.
  Fd host_mounts;
  struct {
    int* fds;
    uint32_t count, next;
  } sources = {};
  // Whether kRootPropagation made the mounts shared.
  bool shared = false;
  // Covers masked paths: created for the first, cloned for the others.
  Fd mask_file;
  Fd mask_directory;

  // Whether kGoing has been reported.
  bool going = false;

  // The failure report.
  plan::MessageType failure = plan::MessageType::kFailure;
  int64_t failure_value = 0;
  Chars<sizeof(plan::Message::text) + 1> about;

  // Set by kFindExecutable, used by kExecute.
  Path executable;
};

// `result` is the -errno of a system call.
Result failed(State& state, Step step, long result, const Text& about = {});

}  // namespace tsrun::init
