// Detached mounts, made on the host's side where the source can still be reached.
#include <fcntl.h>

#include "entries.h"
#include "kernel.h"
#include "outcome.h"

namespace tsrun::entries {

Outcome clone_mount(const Arguments& a) {
  const std::string& path = a.text(0);
  unsigned flags = kernel::kOpenTreeClone | O_CLOEXEC;
  if (a.boolean(1)) flags |= kernel::kAtRecursive;
  if (!a.boolean(2)) flags |= AT_SYMLINK_NOFOLLOW;
  const int fd = kernel::open_tree(AT_FDCWD, path.c_str(), flags);
  if (fd < 0) return failed("open_tree", path);
  return answer_fd(fd);
}

Outcome idmap_mount(const Arguments& a) {
  const int mount = a.fd(0);
  kernel::MountAttributes attributes;
  attributes.set = kernel::kMountAttrIdmap;
  attributes.user_namespace = static_cast<uint64_t>(a.fd(1));
  const unsigned flags = AT_EMPTY_PATH | (a.boolean(2) ? kernel::kAtRecursive : 0);
  if (kernel::mount_setattr(mount, "", flags, attributes) < 0) return failed_on("mount_setattr", mount);
  return done();
}

}  // namespace tsrun::entries
