// Detached mounts, modified by a process that has the rights over their file systems.
#include <fcntl.h>
#include <unistd.h>

#include "../fd.h"
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

Outcome detached_tmpfs(const Arguments& a) {
  const Fd context(static_cast<int>(::syscall(kernel::kFsopen, "tmpfs", kernel::kFsopenCloexec)));
  if (!context.valid()) return failed("fsopen", "tmpfs");
  const auto set = [&](const char* key, const std::string& value) {
    return ::syscall(kernel::kFsconfig, context.get(), kernel::kFsconfigSetString, key, value.c_str(), 0) == 0;
  };
  if (!set("source", a.text(0)) || !set("mode", a.text(1))) return failed("fsconfig", "tmpfs");
  if (::syscall(kernel::kFsconfig, context.get(), kernel::kFsconfigCreate, nullptr, nullptr, 0) < 0) return failed("fsconfig", "tmpfs");
  const long mount = ::syscall(kernel::kFsmount, context.get(), kernel::kFsmountCloexec, 0);
  return mount < 0 ? Outcome(failed("fsmount", "tmpfs")) : answer_fd(static_cast<int>(mount));
}

}  // namespace tsrun::entries
