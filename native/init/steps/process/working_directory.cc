#include "../../files/resolve.h"
#include "../../steps.h"

namespace tsrun::init::steps {
namespace {

// Creates the directory as runc does, if the rootfs is ours. A process in another container uses what is there.
long make_and_enter(State& state, const Text& path) {
  if (state.rootfs_path.empty()) return -ENOENT;
  Found found;
  Lookup lookup;
  lookup.missing = Missing::kMakeDirectory;
  const Result result = resolve(state, path, lookup, found);
  // On a read-only root, "missing" is a better error than the reason why it could not be created.
  return result.failed() ? -ENOENT : sys::chdir(found.fd.get());
}

}  // namespace

Result working_directory(State& state, const operations::WorkingDirectory& o) {
  const Text& path = o.path();
  long result = sys::call(__NR_chdir, path.data);
  if (result == -ENOENT) result = make_and_enter(state, path);
  if (result < 0) return failed(state, Step::kChangeDirectory, result, path);
  // getcwd(2) returns "(unreachable)" before a directory that is not below the root, such as one of the host that a leaked descriptor led
  // to (CVE-2024-21626), and fails with ENOENT for one that was removed.
  Path current;
  result = sys::call(__NR_getcwd, current.data(), Path::capacity());
  if (result < 0) return failed(state, Step::kOutside, result, path);
  return current.c_str()[0] == '/' ? kDone : failed(state, Step::kOutside, -EXDEV, path);
}

}  // namespace tsrun::init::steps
