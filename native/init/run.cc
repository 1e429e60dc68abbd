#include "run.h"

#include "steps.h"

namespace tsrun::init {
namespace {

using Function = Result (*)(State&, const Operation&);

// A switch without a default: the compiler names an operation that is missing.
Function function_of(plan::Op op) {
  using plan::Op;
  switch (op) {
    case Op::kUnshare:
      return steps::unshare;
    case Op::kJoinNamespace:
      return steps::join_namespace;
    case Op::kJoinProcess:
      return steps::join_process;
    case Op::kBecomeRoot:
      return steps::become_root;
    case Op::kRespawn:
      return steps::respawn;
    case Op::kTimeOffsets:
      return steps::time_offsets;
    case Op::kSync:
      return steps::sync;
    case Op::kNewSession:
      return steps::new_session;
    case Op::kHostname:
      return steps::hostname;
    case Op::kDomainname:
      return steps::domainname;
    case Op::kLoopbackUp:
      return steps::loopback_up;
    case Op::kSysctl:
      return steps::sysctl;
    case Op::kOomScoreAdj:
      return steps::oom_score_adj;
    case Op::kRlimit:
      return steps::rlimit;
    case Op::kKeyring:
      return steps::keyring;
    case Op::kPersonality:
      return steps::personality;
    case Op::kScheduler:
      return steps::scheduler;
    case Op::kIoPriority:
      return steps::io_priority;
    case Op::kMemoryPolicy:
      return steps::memory_policy;
    case Op::kCpuAffinity:
      return steps::cpu_affinity;
    case Op::kParentDeathSignal:
      return steps::parent_death_signal;
    case Op::kNextPlan:
      return steps::next_plan;
    case Op::kReaper:
      return steps::reaper;
    case Op::kRootPropagation:
      return steps::root_propagation;
    case Op::kRootfs:
      return steps::rootfs;
    case Op::kOverlay:
      return steps::overlay;
    case Op::kMount:
      return steps::mount;
    case Op::kPropagation:
      return steps::propagation;
    case Op::kDevice:
      return steps::device;
    case Op::kSymlink:
      return steps::symlink;
    case Op::kPivotRoot:
      return steps::pivot_root;
    case Op::kMoveRoot:
      return steps::move_root;
    case Op::kChangeRoot:
      return steps::change_root;
    case Op::kRootAttributes:
      return steps::root_attributes;
    case Op::kMask:
      return steps::mask;
    case Op::kReadonlyPath:
      return steps::readonly_path;
    case Op::kTerminal:
      return steps::terminal;
    case Op::kWorkingDirectory:
      return steps::working_directory;
    case Op::kFindExecutable:
      return steps::find_executable;
    case Op::kReady:
      return steps::ready;
    case Op::kHook:
      return steps::hook;
    case Op::kBoundingSet:
      return steps::bounding_set;
    case Op::kUser:
      return steps::user;
    case Op::kCapabilities:
      return steps::capabilities;
    case Op::kNoNewPrivileges:
      return steps::no_new_privileges;
    case Op::kSeccomp:
      return steps::seccomp;
    case Op::kSecurityAttribute:
      return steps::security_attribute;
    case Op::kStandardStreams:
      return steps::standard_streams;
    case Op::kExecute:
      return steps::execute;
  }
  __builtin_unreachable();  // the decoder knows every operation
}

}  // namespace

Result run(State& state) {
  for (uint32_t i = 0; i < state.plan->count(); ++i) {
    const Operation operation = state.plan->at(i);
    state.operation = i;
    const Result result = function_of(operation.op)(state, operation);
    if (result.failed()) return result;
  }
  return failed(state, Step::kPlan, -ENODATA, text_of("end"));
}

}  // namespace tsrun::init
