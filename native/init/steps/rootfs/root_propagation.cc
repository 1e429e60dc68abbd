#include <linux/mount.h>

#include "../../files/attach.h"
#include "../../files/resolve.h"
#include "../../steps.h"

namespace tsrun::init::steps {

Result root_propagation(State& state, const operations::RootPropagation& o) {
  const auto flags = o.propagation();
  const long result = sys::mount(nullptr, "/", nullptr, flags, nullptr);
  if (result < 0) return failed(state, Step::kPropagate, result, text_of("/"));
  state.shared = (flags & MS_SHARED) != 0;
  return kDone;
}

Result propagation(State& state, const operations::Propagation& o) {
  const Text& destination = o.destination();
  Found found;
  const Result result = resolve(state, destination, {}, found);
  return result.failed() ? result : change_propagation(state, found.fd.get(), o.propagation(), destination);
}

Result root_attributes(State& state, const operations::RootAttributes& o) {
  const Text root = text_of("/");
  Attributes attributes;
  attributes.set = o.set();
  const Result result = change_attributes(state, state.rootfs.get(), attributes, root);
  return result.failed() ? result : change_propagation(state, state.rootfs.get(), o.propagation(), root);
}

}  // namespace tsrun::init::steps
