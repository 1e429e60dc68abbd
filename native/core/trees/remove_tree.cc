// Removes a directory and its contents. A container may have written the tree (the upper layer of an overlay), so it is hostile input:
// follow no symlink, enter no mount (openat2(2) with RESOLVE_NO_XDEV), and let no depth exhaust our descriptors or stack.
#include <fcntl.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstring>

#include "../fd.h"
#include "../files/entries.h"
#include "../files/listing.h"
#include "../kernel.h"
#include "../outcome.h"

namespace tsrun::entries {
namespace {

// Directories deeper than this are first moved to the top of the tree, so that no more than this many descriptors are open at once.
constexpr int kMaxDepth = 64;
constexpr int kAttempts = 1024;

Fd open_directory(int parent, const char* name) {
  open_how how = {};
  how.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return Fd(uninterrupted([&] { return kernel::openat2(parent, name, how); }));
}

class Remover {
 public:
  explicit Remover(int top) : top_(top) {}

  // Empties the top directory. On failure returns false with errno, and `subject` names the entry.
  bool run() {
    do {
      moved_ = false;
      if (!empty(top_, 0)) return false;
    } while (moved_);
    return true;
  }

  const std::string& subject() const { return subject_; }

 private:
  bool empty(int directory, int depth) {
    Listing listing(directory);
    if (!listing.valid()) return fail(".");
    while (const char* name = listing.next()) {
      if (!remove(directory, name, depth)) return fail(name);
    }
    return errno == 0;
  }

  bool remove(int directory, const char* name, int depth) {
    // unlink(2) of a directory fails with EISDIR on Linux, and with EPERM under POSIX.
    if (::unlinkat(directory, name, 0) == 0 || errno == ENOENT) return true;
    if (errno != EISDIR && errno != EPERM) return false;
    const int error = errno;
    if (::unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return true;
    if (errno == ENOTDIR) return errno = error, false;
    if (errno != ENOTEMPTY && errno != EEXIST) return false;
    if (depth + 1 >= kMaxDepth) return move_up(directory, name);
    {
      const Fd child = open_directory(directory, name);
      if (!child.valid() || !empty(child.get(), depth + 1)) return false;
    }
    // Moving directories up puts them beside this one, not into it. If it is still not empty, another process is writing to it.
    return ::unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT;
  }

  bool move_up(int directory, const char* name) {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      const std::string higher = ".removed-" + std::to_string(::getpid()) + "-" + std::to_string(count_++);
      if (::renameat(directory, name, top_, higher.c_str()) == 0) return moved_ = true;
      // The tree already has that name; try the next one.
      if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR) return false;
    }
    return false;
  }

  bool fail(const char* name) {
    subject_ = subject_.empty() ? name : std::string(name) + "/" + subject_;
    return false;
  }

  const int top_;
  bool moved_ = false;
  unsigned count_ = 0;
  std::string subject_;
};

// Removes the contents of the open directory, and its name if the name still refers to it.
Outcome remove_held(int top, const std::string& path) {
  Remover remover(top);
  Outcome emptied = done();
  if (!remover.run()) {
    emptied = failed("unlink", remover.subject().empty() ? path : path + "/" + remover.subject());
    // Out of descriptors, so it cannot be listed. It may be empty nevertheless, and rmdir(2) needs no descriptor.
    if (errno != EMFILE && errno != ENFILE) return emptied;
  }
  struct stat held = {};
  struct stat named = {};
  if (::fstat(top, &held) < 0) return failed("fstat", path);
  if (::lstat(path.c_str(), &named) < 0) return errno == ENOENT ? emptied : Outcome{failed("lstat", path)};
  if (held.st_ino != named.st_ino || held.st_dev != named.st_dev) return emptied;
  if (::rmdir(path.c_str()) == 0 || errno == ENOENT) return done();
  return std::holds_alternative<Failure>(emptied) ? emptied : Outcome{failed("rmdir", path)};
}

}  // namespace

Outcome remove_tree(const Arguments& a) {
  if (a.fd(1) >= 0) return remove_held(a.fd(1), a.text(0));
  std::string path = a.text(0);
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  const size_t slash = path.rfind('/');
  const std::string parent_path = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  if (name.empty() || name == "." || name == "..") return Failure{EINVAL, "rmdir", path};

  const Fd parent(uninterrupted([&] { return ::open(parent_path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC); }));
  if (!parent.valid()) {
    if (errno == ENOENT) return done();
    return failed("open", parent_path);
  }
  {
    const Fd top = open_directory(parent.get(), name.c_str());
    if (!top.valid()) {
      if (errno == ENOENT) return done();
      return failed("openat2", path);
    }
    Remover remover(top.get());
    if (!remover.run()) return failed("unlink", remover.subject().empty() ? path : path + "/" + remover.subject());
  }
  if (::unlinkat(parent.get(), name.c_str(), AT_REMOVEDIR) < 0 && errno != ENOENT) return failed("rmdir", path);
  return done();
}

}  // namespace tsrun::entries
