// Copies a directory with everything that an overlay's upper layer is made of: owners, modes, times, extended attributes (opaque
// directories), device nodes (whiteouts), hard links, holes. A container has written the tree, so it is hostile input: follow no symlink,
// enter no mount.
#pragma once
#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <vector>

#include "../fd.h"

namespace tsrun::trees {

// Each level holds some descriptors and a part of the stack.
constexpr int kMaxDepth = 200;

// Opens one name in a directory, without following a symlink or entering a mount.
Fd open_beneath(int directory, const char* name, uint64_t flags);

// The first name of each file that has several. A path may be some 50 KB long, and a container may make very many such files, so of each
// directory only the name is kept. Not one of the standard library's maps: all of them need functions of libstdc++ that the build for musl
// has not (scripts/package/musl/runtime.cc).
class FirstNames {
 public:
  // The path of the first name; empty if this is the first one.
  std::string find(const struct stat& file) const {
    if (buckets_.empty()) return "";
    for (const Name& one : buckets_[file.st_ino % kBuckets]) {
      if (one.inode == file.st_ino && one.device == file.st_dev) return path_of(one);
    }
    return "";
  }

  // The directories must come one after the other as in a walk through a tree: each is left only once.
  void add(const struct stat& file, const std::string& path) {
    if (buckets_.empty()) buckets_.resize(kBuckets);
    const size_t slash = path.rfind('/');
    const size_t directory = slash == std::string::npos ? kTop : enter(path.substr(0, slash));
    buckets_[file.st_ino % kBuckets].push_back(
        {file.st_dev, file.st_ino, directory, path.substr(slash == std::string::npos ? 0 : slash + 1)});
  }

 private:
  static constexpr size_t kTop = static_cast<size_t>(-1);
  struct Directory {
    size_t above;
    std::string name;
  };
  struct Name {
    dev_t device;
    ino_t inode;
    size_t directory;
    std::string name;
  };

  size_t enter(const std::string& path) {
    size_t depth = 0;
    size_t at = kTop;
    for (size_t begin = 0; begin <= path.size(); ++depth) {
      size_t end = path.find('/', begin);
      if (end == std::string::npos) end = path.size();
      if (depth < entered_.size() && path.compare(begin, end - begin, directories_[entered_[depth]].name) == 0) {
        at = entered_[depth];
      } else {
        entered_.resize(depth);
        directories_.push_back({at, path.substr(begin, end - begin)});
        at = directories_.size() - 1;
        entered_.push_back(at);
      }
      begin = end + 1;
    }
    entered_.resize(depth);
    return at;
  }

  std::string path_of(const Name& name) const {
    std::vector<size_t> above;
    for (size_t at = name.directory; at != kTop; at = directories_[at].above) above.push_back(at);
    std::string path;
    for (size_t i = above.size(); i > 0; --i) path += directories_[above[i - 1]].name + "/";
    return path + name.name;
  }

  // A prime, because some file systems number their inodes in steps.
  static constexpr size_t kBuckets = 16381;
  std::vector<std::vector<Name>> buckets_;
  std::vector<Directory> directories_;
  // The directories from the top to the last one, as indexes.
  std::vector<size_t> entered_;
};

class Copier {
 public:
  // `top` is the directory that all copies are made in. `shown` is empty, or how the attributes begin that an overlay would take for its
  // own in the copy: the originals are what an overlay shows, so these are the container's (an overlay in it), and get the name by which
  // an overlay keeps them (Documentation/filesystems/overlayfs.rst, "Nested overlayfs mounts").
  explicit Copier(int top, const char* shown = "") : top_(top), shown_(shown) {}

  // Copies the contents and attributes of a directory. On failure, as all of these, returns false with errno, and `subject` names the
  // entry.
  bool directory(int from, int to, const std::string& path, int depth);
  // Copies one entry of a directory, with all that is below it. `above` is the path of the directory.
  bool entry(int from, int to, const char* name, const std::string& above, int depth);
  // Copies the attributes of an entry; `status` is that of the original.
  bool attributes(int from, int to, const char* name, const std::string& path, const struct stat& status);

  bool fail(const char* call, const std::string& path);
  const char* call() const { return call_; }
  const std::string& subject() const { return subject_; }

 private:
  bool below(int from, int to, const char* name, const std::string& path, int depth);
  bool make(int from, int to, const char* name, const std::string& path, struct stat& status);
  bool file(int from, int to, const char* name, const std::string& path, struct stat& status);
  bool link(const std::string& first, int to, const char* name, const std::string& path);
  bool extended(int from, int to, const char* name, const std::string& path);

  const int top_;
  const std::string shown_;
  FirstNames links_;
  const char* call_ = "";
  std::string subject_;
};

}  // namespace tsrun::trees
