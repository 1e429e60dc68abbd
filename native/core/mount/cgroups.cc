// The cgroups of a container. A container can make any number of them, with names so long and nested so deep that no path reaches them
// (PATH_MAX). So walk them with one open descriptor, down by name and up by "..", which a container cannot change (cgroup v2 has no
// rename(2)).
#include <dirent.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "../fd.h"
#include "../files/entries.h"
#include "../files/utf8.h"
#include "../kernel.h"
#include "../outcome.h"

namespace tsrun::entries {
namespace {

// Bounds the walk, since a container can make cgroups while we look at them.
constexpr int kMostCgroups = 1 << 18;
constexpr size_t kMostText = 16 << 20;

Fd open_child(int parent, const char* name) {
  open_how how = {};
  how.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  return Fd(uninterrupted([&] { return kernel::openat2(parent, name, how); }));
}

Fd open_above(int child) {
  return Fd(uninterrupted([&] { return ::openat(child, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
}

// The directories in an open directory, listed in one pass. Never resume at a position: positions are unkeyed hashes of the names
// (kernfs_name_hash() in fs/kernfs/dir.c), so a container can create many names with the same hash. A position then leads to any one of
// them; some would be visited forever, and others never.
class Children {
 public:
  explicit Children(int directory) : directory_(directory), good_(::lseek(directory, 0, SEEK_SET) >= 0) {}

  // Returns the next name, or null at the end or if the directory is gone.
  const char* next() {
    while (good_) {
      if (at_ == size_) {
        at_ = 0;
        size_ = ::syscall(SYS_getdents64, directory_, buffer_, sizeof buffer_);
        if (size_ <= 0) return nullptr;
      }
      const auto* entry = reinterpret_cast<const dirent64*>(buffer_ + at_);
      at_ += entry->d_reclen;
      if (entry->d_type == DT_DIR && std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0) return entry->d_name;
    }
    return nullptr;
  }

 private:
  const int directory_;
  const bool good_;
  alignas(dirent64) char buffer_[2048];
  long at_ = 0;
  long size_ = 0;
};

bool has_children(int cgroup) {
  struct stat s = {};
  // kernfs counts links: the directory itself, its name, and one ".." for each child.
  return ::fstat(cgroup, &s) == 0 && s.st_nlink > 2;
}

bool is_gone(int error) { return error == ENOENT || error == ENODEV; }

// Adds the process ids in a cgroup. Fails with EOPNOTSUPP for a threaded cgroup, whose processes are listed in its domain.
bool add_processes(int cgroup, IntegerList& pids) {
  const Fd fd(uninterrupted([&] { return ::openat(cgroup, "cgroup.procs", O_RDONLY | O_CLOEXEC | O_NOFOLLOW); }));
  if (!fd.valid()) return is_gone(errno);
  char buffer[4096];
  int64_t pid = 0;
  bool digits = false;
  for (size_t total = 0; total < kMostText;) {
    const ssize_t count = uninterrupted([&] { return ::read(fd.get(), buffer, sizeof buffer); });
    if (count < 0) return is_gone(errno) || errno == EOPNOTSUPP;
    if (count == 0) return true;
    total += static_cast<size_t>(count);
    for (ssize_t i = 0; i < count; ++i) {
      if (buffer[i] >= '0' && buffer[i] <= '9') {
        pid = pid * 10 + (buffer[i] - '0');
        digits = true;
      } else if (digits) {
        pids.push_back(pid);
        pid = 0;
        digits = false;
      }
    }
  }
  return errno = EFBIG, false;
}

// The state and limits of one walk.
struct Walk {
  int cgroups = 0;
  size_t text = 0;
  IntegerList pids;
};

using Names = std::vector<std::string>;

// Adds the processes of each child, and the names of children that have children. Returns null with errno on failure.
std::optional<Names> look_at_children(int cgroup, Walk& walk) {
  Names inner;
  Children children(cgroup);
  for (const char* name = children.next(); name != nullptr; name = children.next()) {
    if (++walk.cgroups > kMostCgroups) return errno = E2BIG, std::nullopt;
    const Fd child = open_child(cgroup, name);
    if (!child.valid()) {
      if (is_gone(errno)) continue;
      return std::nullopt;
    }
    if (!add_processes(child.get(), walk.pids)) return std::nullopt;
    if (!has_children(child.get())) continue;
    inner.emplace_back(name);
    walk.text += inner.back().size();
    if (walk.text > kMostText) return errno = E2BIG, std::nullopt;
  }
  return inner;
}

}  // namespace

Outcome cgroup_processes(const Arguments& a) {
  Walk walk;
  if (!add_processes(a.fd(0), walk.pids)) return failed_on("read", a.fd(0));
  if (!has_children(a.fd(0))) return answer(std::move(walk.pids));
  Fd current(uninterrupted([&] { return ::openat(a.fd(0), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!current.valid()) return is_gone(errno) ? answer(std::move(walk.pids)) : Outcome{failed_on("openat", a.fd(0))};
  // The names that are still to be visited, for each directory on the way.
  std::vector<Names> levels;
  for (;;) {
    std::optional<Names> inner = look_at_children(current.get(), walk);
    if (!inner) return failed_on("openat2", a.fd(0));
    levels.push_back(std::move(*inner));
    // Go down into the next child that still exists, or up.
    for (bool down = false; !down;) {
      if (levels.back().empty()) {
        levels.pop_back();
        if (levels.empty()) return answer(std::move(walk.pids));
        current = open_above(current.get());
        if (!current.valid()) return failed_on("openat", a.fd(0));
        continue;
      }
      const std::string name = std::move(levels.back().back());
      levels.back().pop_back();
      Fd child = open_child(current.get(), name.c_str());
      down = child.valid();
      if (!down && !is_gone(errno)) return failed_on("openat2", a.fd(0));
      if (down) current = std::move(child);
    }
  }
}

Outcome remove_cgroups_below(const Arguments& a) {
  Fd current(uninterrupted([&] { return ::openat(a.fd(0), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!current.valid()) return is_gone(errno) ? answer(true) : Outcome{failed_on("openat", a.fd(0))};
  // The names on the way down from the top.
  std::vector<std::string> names;
  for (int count = 0; count < kMostCgroups;) {
    Children children(current.get());
    const char* busy = nullptr;
    for (const char* name = children.next(); name != nullptr && busy == nullptr; name = busy == nullptr ? children.next() : name) {
      ++count;
      if (::unlinkat(current.get(), name, AT_REMOVEDIR) == 0 || is_gone(errno)) continue;
      if (errno != EBUSY && errno != ENOTEMPTY) return failed_on("rmdir", a.fd(0));
      busy = name;
    }
    if (busy != nullptr) {
      Fd child = open_child(current.get(), busy);
      if (!child.valid()) {
        if (is_gone(errno)) continue;
        return failed_on("openat2", a.fd(0));
      }
      // It has no children, so the processes are in this cgroup itself.
      if (!has_children(child.get())) return answer(false);
      names.emplace_back(busy);
      current = std::move(child);
      continue;
    }
    if (names.empty()) return answer(true);
    current = open_above(current.get());
    if (!current.valid()) return failed_on("openat", a.fd(0));
    if (::unlinkat(current.get(), names.back().c_str(), AT_REMOVEDIR) < 0 && !is_gone(errno)) {
      if (errno == EBUSY || errno == ENOTEMPTY) return answer(false);
      return failed_on("rmdir", a.fd(0));
    }
    names.pop_back();
  }
  return answer(false);
}

Outcome set_attribute(const Arguments& a) {
  const std::string& path = a.text(0);
  const std::string& name = a.text(1);
  const std::string& value = a.text(2);
  const int set = a.fd(3) < 0 ? ::lsetxattr(path.c_str(), name.c_str(), value.data(), value.size(), XATTR_CREATE)
                              : ::fsetxattr(a.fd(3), name.c_str(), value.data(), value.size(), XATTR_CREATE);
  if (set == 0) return answer(true);
  if (errno == EEXIST) return answer(false);
  return failed("setxattr", path);
}

Outcome remove_attribute(const Arguments& a) {
  if (::fremovexattr(a.fd(0), a.text(1).c_str()) < 0 && errno != ENODATA) return failed_on("fremovexattr", a.fd(0));
  return done();
}

Outcome attribute(const Arguments& a) {
  char buffer[4096];
  const ssize_t size = a.fd(2) < 0 ? ::lgetxattr(a.text(0).c_str(), a.text(1).c_str(), buffer, sizeof buffer)
                                   : ::fgetxattr(a.fd(2), a.text(1).c_str(), buffer, sizeof buffer);
  if (size < 0) {
    if (errno == ENODATA || errno == ENOTSUP || errno == ERANGE || errno == ENOTDIR || is_gone(errno)) return answer_null();
    return failed("getxattr", a.text(0));
  }
  std::string value(buffer, static_cast<size_t>(size));
  // We only write text, so a value that is not text is not ours.
  if (!is_utf8(value)) return answer_null();
  return answer(std::move(value));
}

Outcome watch_file(const Arguments& a) {
  const std::string& path = a.text(0);
  Fd fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!fd.valid()) return failed("inotify_init1", path);
  if (::inotify_add_watch(fd.get(), path.c_str(), IN_MODIFY) < 0) return failed("inotify_add_watch", path);
  return answer_fd(fd.release());
}

}  // namespace tsrun::entries
