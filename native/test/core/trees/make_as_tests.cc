#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "../../../core/fd.h"
#include "../check.h"

namespace tsrun::test {
namespace {

constexpr uid_t kUser = 1000;
// With two processors, some hundred of these meet the enemy at the wrong moment.
constexpr int kRounds = 5000;

Outcome make(int directory, const char* name, const char* kind, const char* target) {
  return invoke("makeAs", {number(directory), text(name), text(kind), text(target), number(kUser), number(kUser), number(0755), absent()});
}

struct stat status_of(const std::string& path) {
  struct stat status = {};
  ::lstat(path.c_str(), &status);
  return status;
}

// A directory of root in a directory of the user: the user cannot open it, but can rename it.
void keeps_directories_of_root(const Directory& directory) {
  const std::string ours = directory.path("private");
  const std::string made = directory.path("made");
  ::mkdir(ours.c_str(), 0700);
  ::mkdir((ours + "/inside").c_str(), 0700);
  const Fd fd(::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const ino_t inode = status_of(ours).st_ino;
  std::atomic<bool> done{false};
  // An empty directory is replaced.
  std::thread enemy([&] {
    while (!done) ::rename(ours.c_str(), made.c_str());
  });
  bool kept = true;
  for (int round = 0; round < kRounds && kept; round++) {
    static_cast<void>(make(fd.get(), "made", "directory", ""));
    const struct stat found = status_of(made);
    if (found.st_ino == inode) {
      kept = found.st_uid == 0 && (found.st_mode & 0777) == 0700;
      ::rename(made.c_str(), ours.c_str());
    } else {
      ::rmdir(made.c_str());
    }
  }
  done = true;
  enemy.join();
  check(kept, "a directory of root that was renamed to the new name stays root's");
}

}  // namespace

void make_as_tests() {
  if (!is_root()) return;
  const Directory directory;
  const Fd fd(::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  check(succeeded(make(fd.get(), "d", "directory", "")), "a directory is made");
  const struct stat made = status_of(directory.path("d"));
  check(made.st_uid == kUser && made.st_gid == kUser && (made.st_mode & 07777) == 0755, "with its owner and its mode");
  check(error_of(make(fd.get(), "d", "directory", "")) == EEXIST, "once");
  check(succeeded(make(fd.get(), "l", "symlink", "target")), "a symbolic link is made");
  check(status_of(directory.path("l")).st_uid == kUser, "with its owner");
  check(::geteuid() == 0 && ::access("/root", R_OK | W_OK) == 0, "and this thread keeps its rights");
  keeps_directories_of_root(directory);
}

}  // namespace tsrun::test
