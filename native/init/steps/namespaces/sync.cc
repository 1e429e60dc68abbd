#include "../../report.h"
#include "../../steps.h"

namespace tsrun::init::steps {

// Also where the id maps are written this process stays undumpable: its files in /proc are root's, as tsrun is. Whoever is root in a pid namespace that sees it owns the
// user namespace that was made, and so could trace what is dumpable in it (user_namespaces(7)), while its root is the host's.
Result sync(State& state, const operations::Sync& o) {
  report(state, plan::MessageType::kSync, o.point());
  await_reply(state);
  return kDone;
}

}  // namespace tsrun::init::steps
