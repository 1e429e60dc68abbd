#include "../../files/attach.h"
#include "../../files/resolve.h"
#include "../../steps.h"

namespace tsrun::init::steps {
namespace {

// If the file that should cover this path is missing, the existing one is the best there is.
Result cover(State& state, const operations::Symlink& o, int directory, const char* name) {
  const Text& path = o.path();
  const Text& source = o.cover();
  Found found;
  const Result result = resolve(state, source, {}, found);
  if (result.failed()) return result.error == ENOENT || result.error == ENOTDIR ? kDone : result;
  Fd mount;
  long opened = mount.take(clone_mount(found.fd.get(), false));
  if (opened < 0) return failed(state, Step::kSource, opened, source);
  Fd existing;
  opened = open_name(directory, name, existing);
  return opened < 0 ? failed(state, Step::kResolve, opened, path) : attach(state, mount.get(), existing.get(), {}, path);
}

}  // namespace

Result symlink(State& state, const operations::Symlink& o) {
  const Text& target = o.target();
  const Text& path = o.path();
  Fd parent;
  const char* name = nullptr;
  const Result resolved = resolve_parent(state, path, parent, name);
  if (resolved.failed()) return resolved;
  const long result = sys::symlink(target.data, parent.get(), name);
  if (result == -EEXIST) {
    Path existing;
    const long size = sys::readlink(parent.get(), name, existing.data(), Path::capacity());
    const bool same = size >= 0 && equal(existing.resize(static_cast<uint32_t>(size)).text(), target);
    return same || o.cover().empty() ? kDone : cover(state, o, parent.get(), name);
  }
  return result < 0 ? failed(state, Step::kCreate, result, path) : kDone;
}

}  // namespace tsrun::init::steps
