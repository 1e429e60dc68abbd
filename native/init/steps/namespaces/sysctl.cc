#include "../../files/procfs.h"
#include "../../steps.h"

namespace tsrun::init::steps {

// The kernel shows and changes the values of the calling process's namespaces, in whichever procfs.
Result sysctl(State& state, const operations::Sysctl& o) {
  Chars<512> path;
  if (path.add("sys/").add(o.path()).full()) return failed(state, Step::kOpen, -ENAMETOOLONG, o.path());
  return write_in_procfs(state, path.c_str(), o.value());
}

Result oom_score_adj(State& state, const operations::OomScoreAdj& o) {
  Chars<24> value;
  value.add_number(o.value());
  return write_own(state, "oom_score_adj", value.text());
}

Result security_attribute(State& state, const operations::SecurityAttribute& o) {
  Chars<128> path;
  if (path.add("attr/").add(o.attribute()).full()) return failed(state, Step::kOpen, -ENAMETOOLONG, o.attribute());
  return write_own(state, path.c_str(), o.value());
}

}  // namespace tsrun::init::steps
