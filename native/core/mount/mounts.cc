// Detached mounts, modified by a process that has the rights over their file systems.
#include <fcntl.h>

#include "../files/entries.h"
#include "../kernel.h"
#include "../outcome.h"

namespace tsrun::entries {

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
