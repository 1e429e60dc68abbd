#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../core/fd.h"
#include "../check.h"

namespace tsrun::test {
namespace {

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

void make_file(const std::string& path) { Fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)); }

// Deeper than any path can express.
bool make_deep(const std::string& top, int levels) {
  Fd at(::open(top.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  for (int i = 0; i < levels; ++i) {
    if (::mkdirat(at.get(), "level", 0700) < 0) return false;
    at = Fd(::openat(at.get(), "level", O_PATH | O_DIRECTORY | O_CLOEXEC));
    Fd(::openat(at.get(), "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  }
  return true;
}

}  // namespace

void remove_tree_tests() {
  const Directory directory;
  const std::string tree = directory.path("tree");
  check(succeeded(invoke("removeTree", {tree})), "removing a missing tree succeeds");

  ::mkdir(tree.c_str(), 0700);
  ::mkdir((tree + "/sub").c_str(), 0700);
  make_file(tree + "/sub/file");
  ::mkdir(directory.path("outside").c_str(), 0700);
  make_file(directory.path("outside/kept"));
  ::symlink(directory.path("outside").c_str(), (tree + "/sub/link").c_str());
  ::mkfifo((tree + "/fifo").c_str(), 0600);
  check(succeeded(invoke("removeTree", {tree + "/"})) && !exists(tree), "a tree is removed");
  check(exists(directory.path("outside/kept")), "the target of a symlink in the tree stays");

  ::symlink(directory.path("outside").c_str(), tree.c_str());
  check(!succeeded(invoke("removeTree", {tree})), "a symlink in place of the tree is rejected");
  check(exists(directory.path("outside/kept")), "the target of a symlink in place of the tree stays");
  ::unlink(tree.c_str());

  ::mkdir(tree.c_str(), 0700);
  check(make_deep(tree, 3000), "a tree deeper than PATH_MAX is created");
  check(succeeded(invoke("removeTree", {tree})) && !exists(tree), "a tree deeper than PATH_MAX is removed");

  if (!is_root()) return;
  ::mkdir(tree.c_str(), 0700);
  ::mkdir((tree + "/mount").c_str(), 0700);
  if (!check(::mount("tsrun-test", (tree + "/mount").c_str(), "tmpfs", 0, nullptr) == 0, "a tmpfs is mounted in the tree")) return;
  make_file(tree + "/mount/kept");
  check(!succeeded(invoke("removeTree", {tree})), "a tree with a mount in it is rejected");
  check(exists(tree + "/mount/kept"), "the files in the mount stay");
  ::umount2((tree + "/mount").c_str(), MNT_DETACH);
  check(succeeded(invoke("removeTree", {tree})) && !exists(tree), "the tree is removed without the mount");
}

}  // namespace tsrun::test
