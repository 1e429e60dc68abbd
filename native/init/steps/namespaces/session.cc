#include "../../files/control_terminal.h"
#include "../../steps.h"

namespace tsrun::init::steps {

Result new_session(State& state, const operations::NewSession& o) {
  const long result = sys::call(__NR_setsid);
  // EPERM: it already leads a process group, as every process 1 of a pid namespace does.
  if (result < 0 && result != -EPERM) return failed(state, Step::kNone, result);
  return o.terminal() ? control_terminal(state) : kDone;
}

}  // namespace tsrun::init::steps
