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
  // Where it was looked at only now (find_executable.cc).
  struct statx status;
  if (sys::stat(AT_FDCWD, path.data, status) == -ENOENT) return failed(state, Step::kResolve, result, path);
  // The file was there: it is what it needs that is missing.
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
  // A path through one of these would lead to where they are, for the kernel closes them only after it has opened the program (CVE-2024-21626).
  state.procfs.reset();
  state.rootfs.reset();
  // Everything above the preserved descriptors is close-on-exec since it was opened, or since the start: this makes sure, and may fail for an old kernel
  // or the user's seccomp filter. Signals are at their defaults since our own birth.
  sys::call(__NR_close_range, first_closed, ~0U, CLOSE_RANGE_CLOEXEC);
  // Last of all: whoever is killed before this has not executed the program, and tsrun says so.
  report_going(state);
  return cannot_execute(state, sys::call(__NR_execve, state.executable.c_str(), vectors.arguments, vectors.environment));
}

}  // namespace tsrun::init::steps
