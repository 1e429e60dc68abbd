// Makes the upper layer of an overlay once more, from what the overlay shows and its lower layers. The upper layer of a container with
// --overlay=memory is on a tmpfs that no path leads to.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <cstring>
#include <vector>

#include "../files/entries.h"
#include "../files/listing.h"
#include "../outcome.h"
#include "copier.h"

namespace tsrun::entries {
namespace {

using trees::kMaxDepth;
using trees::open_beneath;

// A directory of the lower layers, topmost first.
using Lowers = std::vector<Fd>;

// What the lower layers have under a name.
struct Lower {
  bool exists = false;
  struct stat status = {};
  // If it is a directory.
  Lowers directories;
  // The layers below have what is merged with it under another name.
  bool is_redirected = false;
};

bool is_whiteout(const struct stat& status) { return S_ISCHR(status.st_mode) && status.st_rdev == 0; }

// How the attributes of an overlay begin: of one in the initial user namespace, and of one with `userxattr`.
constexpr const char* kTrusted = "trusted.overlay.";
constexpr const char* kUser = "user.overlay.";

bool equal(const timespec& one, const timespec& other) { return one.tv_sec == other.tv_sec && one.tv_nsec == other.tv_nsec; }

// An overlay shows the times of the file in the layer that has it. The copy in the upper layer has another time of change (st_ctime), which
// no process can set.
bool is_same(const struct stat& one, const struct stat& other) {
  return one.st_mode == other.st_mode && one.st_uid == other.st_uid && one.st_gid == other.st_gid && equal(one.st_mtim, other.st_mtim) &&
         equal(one.st_ctim, other.st_ctim) && (S_ISDIR(one.st_mode) || (one.st_size == other.st_size && one.st_rdev == other.st_rdev));
}

// The names of a directory; false with errno.
bool list(int directory, std::vector<std::string>& names) {
  Listing listing(directory);
  if (!listing.valid()) return false;
  while (const char* name = listing.next()) names.emplace_back(name);
  return errno == 0;
}

class Changes {
 public:
  Changes(int top, const char* attributes)
      : copier_(top, attributes), opaque_(std::string(attributes) + "opaque"), redirect_(std::string(attributes) + "redirect") {}

  // Fills `to` with what `merged` has and the lower layers have not, and with whiteouts for what they have and it has not.
  bool directory(int merged, const Lowers& lowers, int to, const std::string& path, int depth) {
    struct stat status = {};
    if (::fstat(merged, &status) < 0) return copier_.fail("fstat", path);
    std::vector<std::string> names;
    if (!list(merged, names)) return copier_.fail("getdents64", path);
    for (const std::string& name : names) {
      if (!entry(merged, lowers, to, name.c_str(), path, depth)) return false;
    }
    for (const Fd& lower : lowers) {
      if (!removed(merged, lowers, lower.get(), to, path)) return false;
    }
    return copier_.attributes(merged, to, ".", path, status);
  }

  const trees::Copier& copier() const { return copier_; }

 private:
  bool entry(int merged, const Lowers& lowers, int to, const char* name, const std::string& above, int depth) {
    const std::string path = above.empty() ? name : above + "/" + name;
    struct stat status = {};
    Lower lower;
    if (::fstatat(merged, name, &status, AT_SYMLINK_NOFOLLOW) < 0) return copier_.fail("fstatat", path);
    if (!find(lowers, name, path, lower)) return false;
    if (lower.is_redirected && S_ISDIR(status.st_mode)) return alone(merged, to, name, above, depth);
    if (S_ISDIR(status.st_mode) && !lower.directories.empty()) return below(merged, lower, to, name, path, depth, status);
    if (lower.exists && is_same(status, lower.status)) return true;
    return copier_.entry(merged, to, name, above, depth);
  }

  // All of a directory: nothing of the lower layers is merged with it.
  bool alone(int merged, int to, const char* name, const std::string& above, int depth) {
    if (!copier_.entry(merged, to, name, above, depth)) return false;
    const Fd copy = open_beneath(to, name, O_RDONLY | O_DIRECTORY);
    const bool done = copy.valid() && ::fsetxattr(copy.get(), opaque_.c_str(), "y", 1, 0) == 0;
    return done || copier_.fail("fsetxattr", above.empty() ? name : above + "/" + name);
  }

  bool below(int merged, const Lower& lower, int to, const char* name, const std::string& path, int depth, const struct stat& status) {
    if (depth + 1 >= kMaxDepth) return errno = ENAMETOOLONG, copier_.fail("openat2", path);
    if (::mkdirat(to, name, 0700) < 0) return copier_.fail("mkdirat", path);
    const Fd source = open_beneath(merged, name, O_RDONLY | O_DIRECTORY);
    const Fd copy = open_beneath(to, name, O_RDONLY | O_DIRECTORY);
    if (!source.valid() || !copy.valid()) return copier_.fail("openat2", path);
    if (!directory(source.get(), lower.directories, copy.get(), path, depth + 1)) return false;
    if (!is_same(status, lower.status)) return true;
    // Nothing in it has changed if this succeeds.
    return ::unlinkat(to, name, AT_REMOVEDIR) == 0 || errno == ENOTEMPTY || errno == EEXIST || copier_.fail("unlinkat", path);
  }

  // Whiteouts for the names of one lower layer that the overlay does not show.
  bool removed(int merged, const Lowers& lowers, int lower, int to, const std::string& path) {
    std::vector<std::string> names;
    if (!list(lower, names)) return copier_.fail("getdents64", path);
    const std::string prefix = path.empty() ? path : path + "/";
    for (const std::string& name : names) {
      struct stat status = {};
      if (::fstatat(merged, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) continue;
      const std::string subject = prefix + name;
      if (errno != ENOENT) return copier_.fail("fstatat", subject);
      Lower found;
      if (!find(lowers, name.c_str(), subject, found)) return false;
      if (!found.exists) continue;
      if (::mknodat(to, name.c_str(), S_IFCHR, 0) < 0 && errno != EEXIST) return copier_.fail("mknodat", subject);
    }
    return true;
  }

  // As an overlay looks for it (ovl_lookup() in fs/overlayfs/namei.c).
  bool find(const Lowers& lowers, const char* name, const std::string& path, Lower& found) {
    for (const Fd& lower : lowers) {
      struct stat status = {};
      if (::fstatat(lower.get(), name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
        if (errno == ENOENT) continue;
        return copier_.fail("fstatat", path);
      }
      if (is_whiteout(status) || (found.exists && !S_ISDIR(status.st_mode))) return true;
      if (!found.exists) found.status = status;
      found.exists = true;
      if (!S_ISDIR(status.st_mode)) return true;
      Fd directory = open_beneath(lower.get(), name, O_RDONLY | O_DIRECTORY);
      if (!directory.valid()) return copier_.fail("openat2", path);
      const bool is_last = is_opaque(directory.get());
      if (::fgetxattr(directory.get(), redirect_.c_str(), nullptr, 0) >= 0) found.is_redirected = true;
      found.directories.push_back(std::move(directory));
      if (is_last) return true;
    }
    return true;
  }

  bool is_opaque(int directory) const {
    char value = 0;
    return ::fgetxattr(directory, opaque_.c_str(), &value, 1) == 1 && value == 'y';
  }

  trees::Copier copier_;
  const std::string opaque_;
  const std::string redirect_;
};

}  // namespace

Outcome copy_changes(const Arguments& a) {
  Lowers lowers;
  for (const int64_t named : a.integers(1)) {
    const int number = static_cast<int>(named);
    Fd lower(::fcntl(number, F_DUPFD_CLOEXEC, 3));
    if (!lower.valid()) return failed_on("fcntl", number);
    lowers.push_back(std::move(lower));
  }
  Changes changes(a.fd(2), a.boolean(3) ? kUser : kTrusted);
  if (changes.directory(a.fd(0), lowers, a.fd(2), "", 0)) return done();
  return failed(changes.copier().call(), changes.copier().subject());
}

}  // namespace tsrun::entries
