// An overlay whose lower layers have their ids mapped (Linux 5.19), for the root file system of a container in a user namespace.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

#include <string>
#include <vector>

#include "../fd.h"
#include "../files/entries.h"
#include "../kernel.h"
#include "../outcome.h"
#include "../raw.h"
#include "../spawn/child.h"

namespace tsrun::entries {
namespace {

// The overlay takes paths, and of them only mounts that are attached somewhere (clone_private_mount() in fs/namespace.c). So a process in a
// mount namespace of its own attaches the mapped layers below a tmpfs there: the host never sees them, and they go with the process,
// however it ends. The overlay keeps clones of the layers. The process shares our descriptors, so that its last one is ours.
class Builder {
 public:
  Builder(const TextList& layers, int user_namespace, const std::string& place, unsigned long flags, const std::string& more)
      : layers_(layers), user_namespace_(user_namespace), place_(place), flags_(flags) {
    data_ = "lowerdir=";
    for (size_t i = 0; i < layers.size(); i++) {
      names_.push_back(std::to_string(i));
      data_ += (i == 0 ? "" : ":") + names_.back();
    }
    if (!more.empty()) data_ += "," + more;
  }

  static int main(void* self) {
    auto* builder = static_cast<Builder*>(self);
    builder->result = builder->build();
    return 0;
  }

  bool fits_page() const { return data_.size() < 4096; }

  // The descriptor, or -errno of this call on this object.
  long result = -ECHILD;
  const char* failed_call = "clone3";
  const char* object = "";

 private:
  long build() {
    long error = step("unshare", "mount namespace", raw::call(SYS_unshare, CLONE_NEWNS));
    if (error >= 0) error = step("mount", "/", raw::call(SYS_mount, 0, raw::address("/"), 0, MS_REC | MS_PRIVATE, 0));
    if (error >= 0) error = step("mount", place_.c_str(), mount("tmpfs", place_.c_str(), 0, "mode=0700"));
    if (error >= 0) error = step("chdir", place_.c_str(), raw::call(SYS_chdir, raw::address(place_.c_str())));
    for (size_t i = 0; error >= 0 && i < layers_.size(); i++) error = attach(layers_[i].c_str(), names_[i].c_str());
    if (error >= 0) error = step("mkdir", "overlay", raw::call(SYS_mkdirat, AT_FDCWD, raw::address("overlay"), 0700));
    if (error >= 0) error = step("mount", "overlay", mount("overlay", "overlay", flags_, data_.c_str()));
    return error < 0 ? error : step("open_tree", "overlay", tree("overlay"));
  }

  // One layer, alone: what is mounted below it is not part of it.
  long attach(const char* layer, const char* name) {
    const long error = step("mkdir", name, raw::call(SYS_mkdirat, AT_FDCWD, raw::address(name), 0700));
    if (error < 0) return error;
    const long mount = step("open_tree", layer, tree(layer));
    if (mount < 0) return mount;
    kernel::MountAttributes attributes;
    attributes.set = kernel::kMountAttrIdmap;
    attributes.user_namespace = static_cast<uint64_t>(user_namespace_);
    long done =
        step("mount_setattr", layer,
             raw::call(kernel::kMountSetattr, mount, raw::address(""), AT_EMPTY_PATH, raw::address(&attributes), sizeof attributes));
    if (done >= 0) {
      done = step("move_mount", layer,
                  raw::call(kernel::kMoveMount, mount, raw::address(""), AT_FDCWD, raw::address(name), kernel::kMoveMountFromEmptyPath));
    }
    raw::call(SYS_close, mount);
    return done;
  }

  long step(const char* call, const char* subject, long value) {
    if (value < 0) {
      failed_call = call;
      object = subject;
    }
    return value;
  }

  static long mount(const char* type, const char* target, unsigned long flags, const char* data) {
    return raw::call(SYS_mount, raw::address(type), raw::address(target), raw::address(type), static_cast<long>(flags), raw::address(data));
  }

  static long tree(const char* path) {
    return raw::call(kernel::kOpenTree, AT_FDCWD, raw::address(path), kernel::kOpenTreeClone | O_CLOEXEC);
  }

  const TextList& layers_;
  const int user_namespace_;
  const std::string& place_;
  const unsigned long flags_;
  std::vector<std::string> names_;
  std::string data_;
};

}  // namespace

Outcome overlay_mapped(const Arguments& a) {
  Builder builder(a.texts(0), a.fd(1), a.text(2), static_cast<unsigned long>(a.integer(3)), a.text(4));
  for (const std::string& layer : a.texts(0))
    if (layer.find('\0') != std::string::npos) return Failure{EINVAL, "open_tree", layer};
  if (!builder.fits_page()) return Failure{E2BIG, "mount", a.text(2)};
  if (!call_in_child(Builder::main, &builder)) return failed("clone3", a.text(2));
  if (builder.result < 0) return Failure{static_cast<int>(-builder.result), builder.failed_call, builder.object};
  return answer_fd(static_cast<int>(builder.result));
}

Outcome clone_own_mount(const Arguments& a) {
  const std::string& path = a.text(0);
  const unsigned flags = kernel::kOpenTreeClone | O_CLOEXEC | (a.boolean(1) ? kernel::kAtRecursive : 0);
  const int mount = static_cast<int>(::syscall(kernel::kOpenTree, AT_FDCWD, path.c_str(), flags));
  if (mount < 0) return failed("open_tree", path);
  return answer_fd(mount);
}

Outcome attach_mount(const Arguments& a) {
  const std::string& target = a.text(1);
  const unsigned flags = kernel::kMoveMountFromEmptyPath | kernel::kMoveMountToSymlinks;
  if (::syscall(kernel::kMoveMount, a.fd(0), "", AT_FDCWD, target.c_str(), flags) < 0) return failed("move_mount", target);
  return done();
}

}  // namespace tsrun::entries
