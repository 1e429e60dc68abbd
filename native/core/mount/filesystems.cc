// Mounts of the host, for a caller that was told to make them: the root file system of a container of containerd.
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "../fd.h"
#include "../files/entries.h"
#include "../outcome.h"

namespace tsrun::entries {
namespace {

// Changes the working directory, and back. It belongs to the whole process, so other threads must not depend on it.
class WorkingDirectory {
 public:
  explicit WorkingDirectory(const std::string& path) {
    if (path.empty()) return;
    before_.reset(uninterrupted([&] { return ::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC); }));
    changed_ = before_.valid() && ::chdir(path.c_str()) == 0;
    failed_ = !changed_;
  }
  ~WorkingDirectory() {
    const int kept = errno;
    if (changed_) [[maybe_unused]]
      const int back = ::fchdir(before_.get());
    errno = kept;
  }
  WorkingDirectory(const WorkingDirectory&) = delete;
  WorkingDirectory& operator=(const WorkingDirectory&) = delete;
  bool failed() const { return failed_; }

 private:
  Fd before_;
  bool changed_ = false;
  bool failed_ = false;
};

}  // namespace

Outcome mount(const Arguments& a) {
  const std::string& target = a.text(2);
  const std::string directory = a.has(5) ? a.text(5) : std::string();
  const WorkingDirectory there(directory);
  if (there.failed()) return failed("chdir", directory);
  const auto flags = static_cast<unsigned long>(a.integer(3));
  const void* data = a.text(4).empty() ? nullptr : a.text(4).c_str();
  if (::mount(a.text(1).c_str(), target.c_str(), a.text(0).c_str(), flags, data) < 0) return failed("mount", target);
  return done();
}

Outcome unmount(const Arguments& a) {
  const std::string& path = a.text(0);
  constexpr int kDetach = MNT_DETACH;
  const int flags = UMOUNT_NOFOLLOW | (a.boolean(1) ? kDetach : 0);
  if (::umount2(path.c_str(), flags) < 0) return failed("umount2", path);
  return done();
}

}  // namespace tsrun::entries
