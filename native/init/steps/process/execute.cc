#include <linux/close_range.h>

#include "../../base/vectors.h"
#include "../../programs/interpreter.h"
#include "../../report.h"
#include "../../steps.h"

namespace tsrun::init::steps {
namespace {

Result cannot_execute(State& state, long result) {
  const Text path = state.executable.text();
  if (result != -ENOENT) return failed(state, Step::kExec, result, path);
  // In case the check was postponed until now (find_executable.cc).
  struct statx status;
  if (sys::stat(AT_FDCWD, path.data, status) == -ENOENT) return failed(state, Step::kResolve, result, path);
  // The file exists, so its interpreter is missing.
  Path interpreter;
  const Result missing = check_interpreter(state, path.data, interpreter);
  return missing.failed() ? missing : failed(state, Step::kExec, result, path);
}

}  // namespace

Result execute(State& state, const operations::Execute& o) {
  const int64_t first_closed = o.preserve();
  Vectors vectors;
  const long made = make_vectors(o.args(), o.environment(), state.home.text(), vectors);
  if (made < 0) return failed(state, Step::kExec, made);
  // A path through one of these would lead out of the container, because the kernel closes them only after it has opened the program
  // (CVE-2024-21626).
  state.procfs.reset();
  state.rootfs.reset();
  // Everything above the preserved descriptors has been close-on-exec since it was opened or since the start. This makes sure, and may fail
  // on an old kernel or under the user's seccomp filter. Signals have had their defaults since our own birth.
  sys::call(__NR_close_range, first_closed, ~0U, CLOSE_RANGE_CLOEXEC);
  // Last: if we are killed before this, the program was not executed, and tsrun says so.
  report_going(state);
  return cannot_execute(state, sys::call(__NR_execve, state.executable.c_str(), vectors.arguments, vectors.environment));
}

}  // namespace tsrun::init::steps
