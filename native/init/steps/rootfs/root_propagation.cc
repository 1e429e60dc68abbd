#include <linux/mount.h>

#include "../../files/attach.h"
#include "../../files/resolve.h"
#include "../../steps.h"

namespace tsrun::init::steps {

Result root_propagation(State& state, const Operation& o) {
  const auto flags = static_cast<uint64_t>(o.numbers[0]);
  const long result = sys::mount(nullptr, "/", nullptr, flags, nullptr);
  if (result < 0) return failed(state, Step::kPropagate, result, text_of("/"));
  state.shared = (flags & MS_SHARED) != 0;
  return kDone;
}

Result propagation(State& state, const Operation& o) {
  const Text& destination = o.texts[0];
  Found found;
  const Result result = resolve(state, destination, {}, found);
  return result.failed() ? result : change_propagation(state, found.fd.get(), static_cast<uint64_t>(o.numbers[0]), destination);
}

Result root_attributes(State& state, const Operation& o) {
  const Text root = text_of("/");
  Attributes attributes;
  attributes.set = static_cast<uint64_t>(o.numbers[0]);
  const Result result = change_attributes(state, state.rootfs.get(), attributes, root);
  return result.failed() ? result : change_propagation(state, state.rootfs.get(), static_cast<uint64_t>(o.numbers[1]), root);
}

}  // namespace tsrun::init::steps
