// What the operations share. There is one State; the loop hands it to each operation.
#pragma once
#include "../plan_decode.h"
#include "base/fd.h"
#include "base/text.h"

namespace tsrun::init {

using plan::Operation;
using plan::Step;

// How an operation ended. What the failure was about is in State::about.
struct [[nodiscard]] Result {
  Step step = Step::kNone;
  int error = 0;
  bool failed() const { return step != Step::kNone || error != 0; }
};
constexpr Result kDone = {};

// What State::operation says as long as no operation of the plan is carried out.
constexpr uint32_t kBeforeTheFirst = 0xffffffff;

// It lies on the stack, and of its paths mostly the beginning is used: so one comes first, beside the frames of what is called, and one last, behind the small
// members, for the fewest pages.
struct State {
  // Used by kExecute: empty, or HOME=... to be added to the environment.
  Path home;

  // Where reports go: the socket to tsrun, after kReady the connection of whoever started the container.
  Fd reports;
  const plan::Plan* plan = nullptr;
  uint32_t operation = kBeforeTheFirst;

  // The host's procfs, verified, opened at the start; else why it could not be. See leave_host_procfs().
  Fd procfs;
  int procfs_error = 0;
  bool left_host_procfs = false;
  // Whether we are in a user namespace that is not tsrun's.
  bool in_user_namespace = false;

  // The rootfs; after the root was switched it is `/`.
  Fd rootfs;
  Text rootfs_path;
  // An overlay that is attached and waits for the kRootfs of the same path.
  Fd overlay;
  Text overlay_target;
  // Whether kRootPropagation made the mounts shared.
  bool shared = false;
  // What masked paths are covered with: made for the first, cloned for the others.
  Fd mask_file;
  Fd mask_directory;

  // Whether kGoing was said.
  bool going = false;

  // The failure report.
  plan::MessageType failure = plan::MessageType::kFailure;
  int64_t failure_value = 0;
  Chars<sizeof(plan::Message::text) + 1> about;

  // Found by kFindExecutable, used by kExecute.
  Path executable;
};

// `result` is the -errno of a system call.
Result failed(State& state, Step step, long result, const Text& about = {});

}  // namespace tsrun::init
