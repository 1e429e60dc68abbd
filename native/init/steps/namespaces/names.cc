#include "../../steps.h"

namespace tsrun::init::steps {

Result hostname(State& state, const operations::Hostname& o) {
  const long result = sys::call(__NR_sethostname, o.name().data, o.name().size);
  return result < 0 ? failed(state, Step::kNone, result, o.name()) : kDone;
}

Result domainname(State& state, const operations::Domainname& o) {
  const long result = sys::call(__NR_setdomainname, o.name().data, o.name().size);
  return result < 0 ? failed(state, Step::kNone, result, o.name()) : kDone;
}

}  // namespace tsrun::init::steps
