// Opens, resolves and examines files. read.cc reads them, write.cc writes them.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#include <climits>
#include <cstdio>
#include <cstdlib>

#include "../fd.h"
#include "../kernel.h"
#include "../outcome.h"
#include "entries.h"
#include "open_flags.h"

namespace tsrun::entries {
namespace {

const char* kind_of(unsigned mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return "directory";
    case S_IFLNK:
      return "symlink";
    case S_IFCHR:
      return "character";
    case S_IFBLK:
      return "block";
    case S_IFIFO:
      return "fifo";
    case S_IFSOCK:
      return "socket";
    default:
      return "file";
  }
}

}  // namespace

Outcome open(const Arguments& a) {
  const std::string& path = a.text(0);
  open_how how = {};
  how.flags = kernel_open_flags(a.integer(1)) | O_CLOEXEC;
  // openat2(2) rejects a mode if the flags cannot create a file.
  if (how.flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) how.mode = static_cast<uint64_t>(a.integer(2, 0)) & 07777;
  const int directory = a.fd(3) < 0 ? AT_FDCWD : a.fd(3);
  how.resolve = static_cast<uint64_t>(a.integer(4, 0));
  int fd = uninterrupted([&] { return kernel::openat2(directory, path.c_str(), how); });
  // With RESOLVE_IN_ROOT, openat2(2) fails with EAGAIN if a concurrent rename made a ".." unsafe; its manual page says to retry.
  for (int attempt = 0; fd < 0 && errno == EAGAIN && how.resolve != 0 && attempt < 128; ++attempt) {
    fd = uninterrupted([&] { return kernel::openat2(directory, path.c_str(), how); });
  }
  if (fd < 0) return failed("openat2", path);
  return answer_fd(fd);
}

Outcome close(const Arguments& a) {
  disown(a.fd(0));
  if (::close(a.fd(0)) < 0 && errno != EINTR) return failed_on("close", a.fd(0));
  return done();
}

Outcome status(const Arguments& a) {
  const std::string& path = a.text(0);
  const bool follow = a.boolean(1);
  const int at = a.fd(2) < 0 ? AT_FDCWD : a.fd(2);
  const int flags = (follow ? 0 : AT_SYMLINK_NOFOLLOW) | (a.fd(2) >= 0 ? AT_EMPTY_PATH : 0) | AT_NO_AUTOMOUNT;
  kernel::FileStatus s = {};
  if (kernel::statx(at, path.c_str(), flags, kernel::kStatusBasic | kernel::kStatusMount, s) < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return answer_null();
    return failed("statx", path);
  }
  return answer(Record{
      {"kind", std::string(kind_of(s.mode))},
      {"mode", int64_t{s.mode & 07777}},
      {"uid", int64_t{s.uid}},
      {"gid", int64_t{s.gid}},
      {"size", static_cast<int64_t>(s.size)},
      {"inode", static_cast<int64_t>(s.inode)},
      // A macro in musl.
      {"device", static_cast<int64_t>(makedev(s.on_major, s.on_minor))},
      {"major", int64_t{s.device_major}},
      {"minor", int64_t{s.device_minor}},
      {"mount", static_cast<int64_t>(s.mount)},
      {"mountRoot", (s.attributes & kernel::kStatusMountRoot) != 0},
  });
}

// Report EIO or ENOMEM as a failure: neither means that the file does not exist.
Outcome access(const Arguments& a) {
  if (::access(a.text(0).c_str(), static_cast<int>(a.integer(1))) == 0) return answer(true);
  const bool answered =
      errno == ENOENT || errno == ENOTDIR || errno == EACCES || errno == EPERM || errno == EROFS || errno == ELOOP || errno == ENAMETOOLONG;
  return answered ? answer(false) : Outcome{failed("access", a.text(0))};
}

Outcome real_path(const Arguments& a) {
  char* resolved = ::realpath(a.text(0).c_str(), nullptr);
  if (resolved == nullptr) return failed("realpath", a.text(0));
  std::string path(resolved);
  std::free(resolved);
  return answer(std::move(path));
}

Outcome read_link(const Arguments& a) {
  // A link's target is shorter than PATH_MAX (symlink(2)), so it is never truncated here.
  char target[PATH_MAX];
  const ssize_t length = ::readlink(a.text(0).c_str(), target, sizeof target);
  if (length < 0) return failed("readlink", a.text(0));
  return answer(std::string(target, static_cast<size_t>(length)));
}

Outcome filesystem_type(const Arguments& a) {
  struct statfs s = {};
  if (uninterrupted([&] { return ::statfs(a.text(0).c_str(), &s); }) < 0) return failed("statfs", a.text(0));
  return answer(static_cast<int64_t>(s.f_type));
}

Outcome chown(const Arguments& a) {
  if (::chown(a.text(0).c_str(), static_cast<uid_t>(a.integer(1)), static_cast<gid_t>(a.integer(2))) < 0) return failed("chown", a.text(0));
  return done();
}

Outcome unlink(const Arguments& a) {
  if (::unlink(a.text(0).c_str()) < 0) return failed("unlink", a.text(0));
  return done();
}

Outcome rename(const Arguments& a) {
  if (::rename(a.text(0).c_str(), a.text(1).c_str()) < 0) return failed("rename", a.text(0) + " -> " + a.text(1));
  return done();
}

}  // namespace tsrun::entries
