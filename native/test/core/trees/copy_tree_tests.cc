#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstring>

#include "../../../core/fd.h"
#include "../check.h"

namespace tsrun::test {
namespace {

struct stat status_of(const std::string& path) {
  struct stat status = {};
  ::lstat(path.c_str(), &status);
  return status;
}

void write_at(const std::string& path, const char* text, off_t at) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640));
  check(::pwrite(file.get(), text, std::strlen(text), at) == static_cast<ssize_t>(std::strlen(text)), "a file is written");
}

std::string link_of(const std::string& path) {
  char target[64] = {};
  return ::readlink(path.c_str(), target, sizeof target - 1) < 0 ? "" : target;
}

std::string attribute_of(const std::string& path, const char* name) {
  char value[64] = {};
  return ::lgetxattr(path.c_str(), name, value, sizeof value - 1) < 0 ? "" : value;
}

Outcome copy(const std::string& from, const std::string& to) {
  const Fd source(::open(from.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const Fd target(::open(to.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return invoke("copyTree", {int64_t{source.get()}, int64_t{target.get()}});
}

}  // namespace

void copy_tree_tests() {
  const Directory directory;
  const std::string from = directory.path("from");
  const std::string to = directory.path("to");
  ::mkdir(from.c_str(), 0711);
  ::mkdir(to.c_str(), 0700);
  ::mkdir((from + "/sub").c_str(), 0750);
  write_at(from + "/sub/file", "text", 0);
  write_at(from + "/sparse", "end", 1 << 22);
  ::link((from + "/sub/file").c_str(), (from + "/link").c_str());
  ::symlink("/etc/passwd", (from + "/symlink").c_str());
  ::mkfifo((from + "/fifo").c_str(), 0604);
  ::chmod((from + "/sub/file").c_str(), 04751);
  const timespec times[2] = {{5, 0}, {7, 9}};
  ::utimensat(AT_FDCWD, (from + "/sub").c_str(), times, 0);

  check(succeeded(copy(from, to)), "a tree is copied");
  check((status_of(to).st_mode & 07777) == 0711, "the mode of the top directory is copied");
  check((status_of(to + "/sub").st_mode & 07777) == 0750, "the mode of a directory is copied");
  check(status_of(to + "/sub").st_mtim.tv_sec == 7 && status_of(to + "/sub").st_mtim.tv_nsec == 9, "the time of a directory is copied");
  check((status_of(to + "/sub/file").st_mode & 07777) == 04751, "set-user-id is copied");
  check(status_of(to + "/sub/file").st_size == 4, "the content is copied");
  check(status_of(to + "/link").st_ino == status_of(to + "/sub/file").st_ino, "a hard link is one in the copy");
  check(status_of(to + "/link").st_ino != status_of(from + "/link").st_ino, "and not one to the original");
  check(link_of(to + "/symlink") == "/etc/passwd", "a symlink is copied, not followed");
  check(S_ISFIFO(status_of(to + "/fifo").st_mode) && (status_of(to + "/fifo").st_mode & 0777) == 0604, "a FIFO is copied, not opened");
  check(status_of(to + "/sparse").st_size == (1 << 22) + 3, "the size of a file with a hole is copied");
  check(status_of(to + "/sparse").st_blocks <= status_of(from + "/sparse").st_blocks + 8, "its hole is not filled");
  check(error_of(copy(from, to)) == EEXIST, "what is there is not overwritten");

  const std::string deep = directory.path("deep");
  std::string at = deep;
  ::mkdir(deep.c_str(), 0700);
  for (int i = 0; i < 210; ++i) ::mkdir((at += "/d").c_str(), 0700);
  ::mkdir(directory.path("other").c_str(), 0700);
  check(error_of(copy(deep, directory.path("other"))) == ENAMETOOLONG, "a tree that is too deep is rejected");

  if (!is_root()) return;
  const std::string upper = directory.path("upper");
  const std::string layer = directory.path("layer");
  ::mkdir(upper.c_str(), 0700);
  ::mkdir(layer.c_str(), 0700);
  ::mkdir((upper + "/opaque").c_str(), 0700);
  ::mknod((upper + "/removed").c_str(), S_IFCHR, 0);
  ::link((upper + "/removed").c_str(), (upper + "/too").c_str());
  ::chown((upper + "/opaque").c_str(), 12, 34);
  if (::setxattr((upper + "/opaque").c_str(), "trusted.overlay.opaque", "y", 1, 0) < 0) return;
  ::setxattr((upper + "/opaque").c_str(), "trusted.overlay.origin", "handle", 6, 0);
  check(succeeded(copy(upper, layer)), "an upper layer is copied");
  const struct stat removed = status_of(layer + "/removed");
  check(S_ISCHR(removed.st_mode) && removed.st_rdev == 0 && removed.st_nlink == 2, "a whiteout is copied");
  check(attribute_of(layer + "/opaque", "trusted.overlay.opaque") == "y", "an opaque directory stays opaque");
  check(attribute_of(layer + "/opaque", "trusted.overlay.origin").empty(), "the handle of another file is left out");
  check(status_of(layer + "/opaque").st_uid == 12 && status_of(layer + "/opaque").st_gid == 34, "the owner is copied");
}

// Names of one file below more than PATH_MAX bytes of directories, and in others.
void deep_links_tests() {
  const Directory directory;
  const std::string from = directory.path("from"), to = directory.path("to");
  for (const std::string& path : {from, to}) ::mkdir(path.c_str(), 0700);
  const std::string name(200, 'd');
  constexpr int kDeep = 45;
  const auto descend = [&](const std::string& top, bool makes) {
    Fd at(::open(top.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    for (int i = 0; i < kDeep && at.valid(); ++i) {
      if (makes) ::mkdirat(at.get(), name.c_str(), 0700);
      at.reset(::openat(at.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    }
    return at;
  };
  const Fd deepest = descend(from, true);
  write_at("/proc/self/fd/" + std::to_string(deepest.get()) + "/one", "one", 0);
  for (const char* other : {"two", "three"}) ::linkat(deepest.get(), "one", deepest.get(), other, 0);
  const Fd top(::open(from.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ::mkdirat(top.get(), "other", 0700);
  ::linkat(deepest.get(), "one", top.get(), "other/four", 0);
  check(succeeded(copy(from, to)), "a tree with names deeper than PATH_MAX is copied");
  check(status_of(to + "/other/four").st_nlink == 4, "hard links whose path is longer than PATH_MAX stay one file");
  const Fd copied = descend(to, false);
  struct stat status = {};
  check(::fstatat(copied.get(), "three", &status, 0) == 0 && status.st_nlink == 4 && status.st_size == 3, "and below it");
}

// Two lower layers, the upper one of which hides a name and a directory's content of the other, and what an overlay could show above them.
void copy_changes_tests() {
  if (!is_root()) return;
  const Directory directory;
  const std::string top = directory.path("top"), bottom = directory.path("bottom"), merged = directory.path("merged");
  const std::string to = directory.path("to");
  for (const std::string& path : {top, bottom, merged, to, bottom + "/dir", top + "/dir", merged + "/dir"}) ::mkdir(path.c_str(), 0700);
  write_at(bottom + "/same", "same", 0);
  ::link((bottom + "/same").c_str(), (merged + "/same").c_str());
  write_at(bottom + "/gone", "gone", 0);
  write_at(bottom + "/hidden", "hidden", 0);
  ::mknod((top + "/hidden").c_str(), S_IFCHR, 0);
  write_at(bottom + "/dir/below", "below", 0);
  write_at(top + "/dir/removed", "removed", 0);
  write_at(merged + "/dir/new", "new", 0);
  ::symlink("/etc", (merged + "/gone-too").c_str());
  ::mkdir((bottom + "/gone-too").c_str(), 0700);
  if (::setxattr((top + "/dir").c_str(), "trusted.overlay.opaque", "y", 1, 0) < 0) return;
  // Attributes of an overlay that the container has, and those of the lower layers.
  write_at(merged + "/inner", "inner", 0);
  ::setxattr((merged + "/inner").c_str(), "trusted.overlay.redirect", "/etc", 4, 0);
  ::setxattr((merged + "/inner").c_str(), "user.overlay.origin", "mine", 4, 0);
  for (const std::string& path : {bottom, top, merged}) {
    for (const char* name : {"/plain", "/renamed"}) ::mkdir((path + name).c_str(), 0700);
  }
  write_at(bottom + "/plain/removed", "removed", 0);
  ::setxattr((top + "/plain").c_str(), "user.overlay.opaque", "y", 1, 0);
  ::setxattr((top + "/renamed").c_str(), "trusted.overlay.redirect", "/dir", 4, 0);
  write_at(merged + "/renamed/below", "below", 0);

  const Fd source(::open(merged.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const Fd first(::open(top.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const Fd second(::open(bottom.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const Fd target(::open(to.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const IntegerList lowers = {first.get(), second.get()};
  const auto copied = [&] { return invoke("copyChanges", {int64_t{source.get()}, lowers, int64_t{target.get()}, false}); };
  check(succeeded(copied()), "what differs from lower layers is copied");
  const auto is_whiteout = [&](const char* name) {
    const struct stat status = status_of(to + name);
    return S_ISCHR(status.st_mode) && status.st_rdev == 0;
  };
  check(status_of(to + "/same").st_mode == 0, "what is the same is not copied");
  check(is_whiteout("/gone"), "what is gone has a whiteout");
  check(status_of(to + "/hidden").st_mode == 0, "not what the lower layers hide themselves");
  check(status_of(to + "/dir/new").st_size == 3 && is_whiteout("/dir/removed"), "a directory is merged");
  check(status_of(to + "/dir/below").st_mode == 0, "what is below an opaque directory does not count");
  check(attribute_of(to + "/inner", "trusted.overlay.overlay.redirect") == "/etc" &&
            attribute_of(to + "/inner", "trusted.overlay.redirect").empty(),
        "an attribute that the overlay would take for its own gets the name by which it keeps it");
  const bool has_user_attributes = !attribute_of(merged + "/inner", "user.overlay.origin").empty();
  check(!has_user_attributes || attribute_of(to + "/inner", "user.overlay.origin") == "mine", "other attributes keep their names");
  check(is_whiteout("/plain/removed"), "an attribute that this overlay does not know does not make a directory opaque");
  check(status_of(to + "/renamed/below").st_size == 5 && attribute_of(to + "/renamed", "trusted.overlay.opaque") == "y",
        "a directory that the lower layers have renamed is copied as a whole");
  check(link_of(to + "/gone-too") == "/etc", "a link in place of a directory is copied, not followed");
}

}  // namespace tsrun::test
