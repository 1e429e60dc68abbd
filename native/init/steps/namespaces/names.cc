#include "../../steps.h"

namespace tsrun::init::steps {

Result hostname(State& state, const Operation& o) {
  const long result = sys::call(__NR_sethostname, o.texts[0].data, o.texts[0].size);
  return result < 0 ? failed(state, Step::kNone, result, o.texts[0]) : kDone;
}

Result domainname(State& state, const Operation& o) {
  const long result = sys::call(__NR_setdomainname, o.texts[0].data, o.texts[0].size);
  return result < 0 ? failed(state, Step::kNone, result, o.texts[0]) : kDone;
}

}  // namespace tsrun::init::steps
