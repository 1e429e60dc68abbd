#include "../../report.h"
#include "../../steps.h"

namespace tsrun::init::steps {

// The process stays undumpable while its id maps are written: its files in /proc then belong to root, and tsrun is root. Otherwise, root in
// a pid namespace that sees this process owns the new user namespace and could trace a dumpable process in it (user_namespaces(7)) while
// its root is still the host's.
Result sync(State& state, const operations::Sync& o) {
  report(state, plan::MessageType::kSync, o.point());
  await_reply(state);
  return kDone;
}

}  // namespace tsrun::init::steps
