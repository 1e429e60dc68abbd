#include "../../files/procfs.h"
#include "../../steps.h"

namespace tsrun::init::steps {

// What the kernel shows and changes there is that of the calling process' namespaces, in whichever procfs.
Result sysctl(State& state, const Operation& o) {
  Chars<512> path;
  if (path.add("sys/").add(o.texts[0]).full()) return failed(state, Step::kOpen, -ENAMETOOLONG, o.texts[0]);
  return write_in_procfs(state, path.c_str(), o.texts[1]);
}

Result oom_score_adj(State& state, const Operation& o) {
  Chars<24> value;
  value.add_number(o.numbers[0]);
  return write_own(state, "oom_score_adj", value.text());
}

Result security_attribute(State& state, const Operation& o) {
  Chars<128> path;
  if (path.add("attr/").add(o.texts[0]).full()) return failed(state, Step::kOpen, -ENAMETOOLONG, o.texts[0]);
  return write_own(state, path.c_str(), o.texts[1]);
}

}  // namespace tsrun::init::steps
