#include "copier.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <array>
#include <climits>
#include <cstring>

#include "../files/listing.h"
#include "../kernel.h"
#include "../outcome.h"

namespace tsrun::trees {
namespace {

constexpr size_t kPiece = 1 << 16;

// File handles of files in the lower layers, and of their file system: wrong for a copy, and not needed by an overlay without an index
// (Documentation/filesystems/overlayfs.rst).
bool names_another_file(const char* name) {
  for (const char* own : {"trusted.overlay.origin", "trusted.overlay.uuid", "user.overlay.origin", "user.overlay.uuid"}) {
    if (std::strcmp(name, own) == 0) return true;
  }
  return false;
}

bool write_all(int to, const char* data, size_t size, off_t at) {
  while (size > 0) {
    const ssize_t written = uninterrupted([&] { return ::pwrite(to, data, size, at); });
    if (written < 0) return false;
    data += written;
    size -= static_cast<size_t>(written);
    at += written;
  }
  return true;
}

// What is between two offsets.
bool copy_range(int from, int to, off_t at, off_t end) {
  std::vector<char> piece(kPiece);
  while (at < end) {
    const size_t wanted = static_cast<size_t>(end - at) < kPiece ? static_cast<size_t>(end - at) : kPiece;
    const ssize_t size = uninterrupted([&] { return ::pread(from, piece.data(), wanted, at); });
    if (size < 0) return false;
    if (size == 0) return true;
    if (!write_all(to, piece.data(), static_cast<size_t>(size), at)) return false;
    at += size;
  }
  return true;
}

// The content, without its holes (lseek(2), SEEK_DATA).
bool copy_content(int from, int to, off_t size) {
  off_t at = 0;
  while (at < size) {
    const off_t data = ::lseek(from, at, SEEK_DATA);
    if (data < 0 && errno == ENXIO) break;
    // A file system without holes.
    const off_t start = data < 0 ? at : data;
    const off_t hole = data < 0 ? size : ::lseek(from, start, SEEK_HOLE);
    const off_t end = hole < 0 || hole > size ? size : hole;
    if (!copy_range(from, to, start, end)) return false;
    at = end;
  }
  return ::ftruncate(to, size) == 0;
}

}  // namespace

Fd open_beneath(int directory, const char* name, uint64_t flags) {
  open_how how = {};
  how.flags = flags | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return Fd(uninterrupted([&] { return kernel::openat2(directory, name, how); }));
}

bool Copier::directory(int from, int to, const std::string& path, int depth) {
  struct stat status = {};
  if (::fstat(from, &status) < 0) return fail("fstat", path);
  Listing listing(from);
  if (!listing.valid()) return fail("open", path);
  while (const char* name = listing.next()) {
    if (!entry(from, to, name, path, depth)) return false;
  }
  if (errno != 0) return fail("getdents64", path);
  // Last: entries change the time of their directory, and a default ACL would change theirs.
  return attributes(from, to, ".", path, status);
}

bool Copier::entry(int from, int to, const char* name, const std::string& above, int depth) {
  const std::string path = above.empty() ? name : above + "/" + name;
  struct stat status = {};
  if (::fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) < 0) return fail("fstatat", path);
  if (S_ISDIR(status.st_mode)) return below(from, to, name, path, depth);
  if (status.st_nlink > 1) {
    const std::string first = links_.find(status);
    if (!first.empty()) return link(first, to, name, path);
  }
  const struct stat before = status;
  if (!make(from, to, name, path, status)) return false;
  if (before.st_nlink > 1) links_.add(before, path);
  return true;
}

bool Copier::below(int from, int to, const char* name, const std::string& path, int depth) {
  if (depth + 1 >= kMaxDepth) return errno = ENAMETOOLONG, fail("openat2", path);
  if (::mkdirat(to, name, 0700) < 0) return fail("mkdirat", path);
  const Fd source = open_beneath(from, name, O_RDONLY | O_DIRECTORY);
  const Fd copy = open_beneath(to, name, O_RDONLY | O_DIRECTORY);
  if (!source.valid() || !copy.valid()) return fail("openat2", path);
  return directory(source.get(), copy.get(), path, depth + 1);
}

// linkat(2) takes no path of PATH_MAX bytes.
bool Copier::link(const std::string& first, int to, const char* name, const std::string& path) {
  Fd held;
  size_t begin = 0;
  while (first.size() - begin >= PATH_MAX) {
    const size_t slash = first.rfind('/', begin + PATH_MAX - 1);
    held = open_beneath(begin == 0 ? top_ : held.get(), first.substr(begin, slash - begin).c_str(), O_PATH | O_DIRECTORY);
    if (!held.valid()) return fail("openat2", path);
    begin = slash + 1;
  }
  return ::linkat(begin == 0 ? top_ : held.get(), first.c_str() + begin, to, name, 0) == 0 || fail("linkat", path);
}

bool Copier::make(int from, int to, const char* name, const std::string& path, struct stat& status) {
  if (S_ISREG(status.st_mode)) return file(from, to, name, path, status);
  if (S_ISLNK(status.st_mode)) {
    std::string target(static_cast<size_t>(status.st_size) + 1, '\0');
    const ssize_t length = ::readlinkat(from, name, target.data(), target.size());
    if (length < 0) return fail("readlinkat", path);
    target.resize(static_cast<size_t>(length));
    if (::symlinkat(target.c_str(), to, name) < 0) return fail("symlinkat", path);
  } else if (::mknodat(to, name, (status.st_mode & S_IFMT) | 0600, status.st_rdev) < 0) {
    return fail("mknodat", path);
  }
  return attributes(from, to, name, path, status);
}

bool Copier::file(int from, int to, const char* name, const std::string& path, struct stat& status) {
  // O_NONBLOCK: should it have become a FIFO meanwhile.
  const Fd source = open_beneath(from, name, O_RDONLY | O_NONBLOCK);
  if (!source.valid() || ::fstat(source.get(), &status) < 0) return fail("openat2", path);
  if (!S_ISREG(status.st_mode)) return errno = ESTALE, fail("openat2", path);
  Fd copy(uninterrupted([&] { return ::openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600); }));
  if (!copy.valid()) return fail("openat", path);
  if (!copy_content(source.get(), copy.get(), status.st_size)) return fail("write", path);
  if (!attributes(from, to, name, path, status)) return false;
  return copy.close() || fail("close", path);
}

// The mode after the owner, which clears bits of it (chown(2)); capabilities of files after both, for the same reason.
bool Copier::attributes(int from, int to, const char* name, const std::string& path, const struct stat& status) {
  if (::fchownat(to, name, status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW) < 0) return fail("fchownat", path);
  if (!S_ISLNK(status.st_mode) && ::fchmodat(to, name, status.st_mode & 07777, 0) < 0) return fail("fchmodat", path);
  if (!extended(from, to, name, path)) return false;
  const std::array<timespec, 2> times = {status.st_atim, status.st_mtim};
  return ::utimensat(to, name, times.data(), AT_SYMLINK_NOFOLLOW) == 0 || fail("utimensat", path);
}

// Through /proc, because there is no such call that takes a directory and a name (xattrat calls are in Linux 6.13).
bool Copier::extended(int from, int to, const char* name, const std::string& path) {
  const std::string source = "/proc/self/fd/" + std::to_string(from) + "/" + name;
  const std::string copy = "/proc/self/fd/" + std::to_string(to) + "/" + name;
  ssize_t size = ::llistxattr(source.c_str(), nullptr, 0);
  if (size == 0 || (size < 0 && errno == ENOTSUP)) return true;
  std::vector<char> names(size < 0 ? 0 : static_cast<size_t>(size));
  if (size > 0) size = ::llistxattr(source.c_str(), names.data(), names.size());
  if (size < 0) return fail("llistxattr", path);
  for (const char* one = names.data(); one < names.data() + size; one += std::strlen(one) + 1) {
    const bool escapes = !shown_.empty() && std::strncmp(one, shown_.c_str(), shown_.size()) == 0;
    if (shown_.empty() && names_another_file(one)) continue;
    const std::string as = escapes ? shown_ + "overlay." + (one + shown_.size()) : one;
    ssize_t length = ::lgetxattr(source.c_str(), one, nullptr, 0);
    std::vector<char> value(length < 0 ? 0 : static_cast<size_t>(length));
    if (length > 0) length = ::lgetxattr(source.c_str(), one, value.data(), value.size());
    if (length < 0) return fail("lgetxattr", path);
    if (::lsetxattr(copy.c_str(), as.c_str(), value.data(), static_cast<size_t>(length), 0) < 0) return fail("lsetxattr", path);
  }
  return true;
}

bool Copier::fail(const char* call, const std::string& path) {
  call_ = call;
  subject_ = path;
  return false;
}

}  // namespace tsrun::trees
