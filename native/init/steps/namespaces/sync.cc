#include <linux/prctl.h>

#include "../../report.h"
#include "../../steps.h"
#include "../../undumpable.h"

namespace tsrun::init::steps {

// The process stays undumpable while its id maps are written: its files in /proc then belong to root, and tsrun is root. Otherwise, root in
// a pid namespace that sees this process owns the new user namespace and could trace a dumpable process in it (user_namespaces(7)) while
// its root is still the host's.
// A caller that is not root could not open the files then. Its containers' root has no rights over a process of the caller outside of them,
// and nobody else sees this one: without rights over the host, no pid namespace of others can be joined before the maps are there.
Result sync(State& state, const operations::Sync& o) {
  const bool open = o.point() == static_cast<uint32_t>(plan::SyncPoint::kIdMapsOfUser);
  if (open) sys::call(__NR_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
  report(state, plan::MessageType::kSync, o.point());
  await_reply(state);
  if (open) become_undumpable();
  return kDone;
}

}  // namespace tsrun::init::steps
