#include <linux/prctl.h>

#include "../report.h"
#include "../steps.h"

namespace tsrun::init::steps {
namespace {

// syncPoint.idMaps of src/plan/operations.ts.
constexpr int64_t kIdMaps = 1;

void set_dumpable(int value) { sys::call(__NR_prctl, PR_SET_DUMPABLE, value, 0, 0, 0); }

}  // namespace

Result sync(State& state, const Operation& o) {
  const int64_t point = o.numbers[0];
  // The files of an undumpable process belong to root (proc(5)): a tsrun that is not root could not write our id maps. Nobody else is in the new user
  // namespace yet.
  if (point == kIdMaps) set_dumpable(1);
  report(state, plan::MessageType::kSync, point);
  await_reply(state);
  if (point == kIdMaps) set_dumpable(0);
  return kDone;
}

}  // namespace tsrun::init::steps
