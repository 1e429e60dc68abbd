// Copies a directory with everything that an overlay's upper layer is made of: owners, modes, times, extended attributes (opaque
// directories), device nodes (whiteouts), hard links, holes. A container has written the tree, so it is hostile input: follow no symlink,
// enter no mount.
#pragma once
#include <sys/stat.h>

#include <string>
#include <vector>

#include "../fd.h"

namespace tsrun::trees {

// Each level holds some descriptors and a part of the stack.
constexpr int kMaxDepth = 200;

// Opens one name in a directory, without following a symlink or entering a mount.
Fd open_beneath(int directory, const char* name, uint64_t flags);

// The first name of each file that has several. Not one of the standard library's maps: all of them need functions of libstdc++ that the
// build for musl has not (scripts/package/musl/runtime.cc).
class FirstNames {
 public:
  const std::string* find(const struct stat& file) const {
    if (buckets_.empty()) return nullptr;
    for (const Name& one : buckets_[file.st_ino % kBuckets]) {
      if (one.inode == file.st_ino && one.device == file.st_dev) return &one.path;
    }
    return nullptr;
  }

  void add(const struct stat& file, const std::string& path) {
    if (buckets_.empty()) buckets_.resize(kBuckets);
    buckets_[file.st_ino % kBuckets].push_back({file.st_dev, file.st_ino, path});
  }

 private:
  struct Name {
    dev_t device;
    ino_t inode;
    std::string path;
  };
  // A prime, because some file systems number their inodes in steps.
  static constexpr size_t kBuckets = 16381;
  std::vector<std::vector<Name>> buckets_;
};

class Copier {
 public:
  // `top` is the directory that all copies are made in.
  explicit Copier(int top) : top_(top) {}

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
  bool extended(int from, int to, const char* name, const std::string& path);

  const int top_;
  FirstNames links_;
  const char* call_ = "";
  std::string subject_;
};

}  // namespace tsrun::trees
