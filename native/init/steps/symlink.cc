#include "../resolve.h"
#include "../steps.h"

namespace tsrun::init::steps {

Result symlink(State& state, const Operation& o) {
  const Text& target = o.texts[0];
  const Text& path = o.texts[1];
  Fd parent;
  const char* name = nullptr;
  const Result resolved = resolve_parent(state, path, parent, name);
  if (resolved.failed()) return resolved;
  long result = sys::symlink(target.data, parent.get(), name);
  if (result == -EEXIST) {
    Path existing;
    const long size = sys::readlink(parent.get(), name, existing.data(), Path::capacity());
    if (size >= 0 && equal(existing.resize(static_cast<uint32_t>(size)).text(), target)) return kDone;
    // An image's own /dev/ptmx would be the host's multiplexer.
    result = sys::unlink(parent.get(), name);
    if (result == 0) result = sys::symlink(target.data, parent.get(), name);
  }
  return result < 0 ? failed(state, Step::kCreate, result, path) : kDone;
}

}  // namespace tsrun::init::steps
