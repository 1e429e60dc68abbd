// Makes files that belong to another user from the beginning. The root of the host has no id in the user namespace of a container, and no
// file can be made on a file system that was mounted there by a user whom that namespace does not have (EOVERFLOW).
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "../fd.h"
#include "../files/entries.h"
#include "../outcome.h"

namespace tsrun::entries {
namespace {

// The calling thread makes files as this user, and otherwise keeps its rights: setfsuid(2) drops capabilities that concern files, and
// capset(2) takes them back. Without the right to do so, it continues as itself.
class FileUser {
 public:
  FileUser(uid_t uid, gid_t gid) {
    known_ = ::syscall(SYS_capget, &header_, held_) == 0;
    group_ = static_cast<gid_t>(::setfsgid(gid));
    user_ = static_cast<uid_t>(::setfsuid(uid));
    // Changes nothing, and returns what holds now: setfsuid(2) reports no failure.
    effective_ = static_cast<uid_t>(::setfsuid(static_cast<uid_t>(-1)));
    restore();
  }
  FileUser(const FileUser&) = delete;
  FileUser& operator=(const FileUser&) = delete;
  ~FileUser() {
    const int kept = errno;
    ::setfsuid(user_);
    ::setfsgid(group_);
    restore();
    errno = kept;
  }

  // Whose files this thread makes.
  uid_t effective() const { return effective_; }

 private:
  void restore() {
    if (known_) ::syscall(SYS_capset, &header_, held_);
  }

  __user_cap_header_struct header_ = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct held_[_LINUX_CAPABILITY_U32S_3] = {};
  bool known_ = false;
  uid_t user_ = 0;
  uid_t effective_ = 0;
  gid_t group_ = 0;
};

struct Wanted {
  int directory;
  const std::string& name;
  uid_t uid;
  gid_t gid;
  mode_t mode;
};

// A process of the container may have put something else in its place: a file of root, which it cannot open but can rename. What is given
// away must have belonged to the wanted user before, so a program that cannot make files as that user makes none.
bool same(const Wanted& wanted, const struct stat& found, mode_t kind) {
  if ((found.st_mode & S_IFMT) == kind && found.st_uid == wanted.uid) return true;
  errno = ESTALE;
  return false;
}

// The group differs below a directory with a set-group-ID bit, and of a file the user if this program may not make files as another one.
bool give(int fd, const Wanted& wanted, const struct stat& found) {
  if (found.st_uid == wanted.uid && found.st_gid == wanted.gid) return true;
  return ::fchownat(fd, "", wanted.uid, wanted.gid, AT_EMPTY_PATH) == 0;
}

int make_file(const Wanted& wanted) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  return uninterrupted([&] { return ::openat(wanted.directory, wanted.name.c_str(), kFlags, 0600); });
}

bool finish_directory(const Wanted& wanted) {
  const Fd fd(::openat(wanted.directory, wanted.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat found = {};
  if (!fd.valid() || ::fstat(fd.get(), &found) < 0 || !same(wanted, found, S_IFDIR)) return false;
  // What the umask has taken away, and no other bits.
  if ((found.st_mode & 0777 & ~wanted.mode) != 0) return errno = ESTALE, false;
  if (!give(fd.get(), wanted, found)) return false;
  return (found.st_mode & 07777) == wanted.mode || ::fchmod(fd.get(), wanted.mode) == 0;
}

bool finish_symlink(const Wanted& wanted) {
  const Fd fd(::openat(wanted.directory, wanted.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat found = {};
  return fd.valid() && ::fstat(fd.get(), &found) == 0 && same(wanted, found, S_IFLNK) && give(fd.get(), wanted, found);
}

}  // namespace

Outcome make_as(const Arguments& a) {
  const std::string& kind = a.text(2);
  const Wanted wanted = {a.fd(0), a.text(1), static_cast<uid_t>(a.integer(4)), static_cast<gid_t>(a.integer(5)),
                         static_cast<mode_t>(a.integer(6, 0))};
  const char* target = a.has(3) ? a.text(3).c_str() : "";
  Fd file;
  int made = 0;
  {
    const FileUser as(wanted.uid, wanted.gid);
    const bool by_name = kind == "directory" || kind == "symlink";
    if (by_name && as.effective() != wanted.uid) {
      made = -1;
      errno = EPERM;
    } else if (kind == "file") {
      file.reset(make_file(wanted));
      made = file.get();
    } else if (kind == "directory") {
      made = ::mkdirat(wanted.directory, wanted.name.c_str(), wanted.mode);
    } else if (kind == "symlink") {
      made = ::symlinkat(target, wanted.directory, wanted.name.c_str());
    } else if (kind == "link") {
      made = ::linkat(a.fd(7), target, wanted.directory, wanted.name.c_str(), 0);
    } else {
      made = ::renameat(a.fd(7), target, wanted.directory, wanted.name.c_str());
    }
  }
  if (made < 0) return failed("make", wanted.name);
  if (kind == "link" || kind == "rename") return answer_fd(-1);
  if (kind == "directory") return finish_directory(wanted) ? answer_fd(-1) : Outcome{failed("open", wanted.name)};
  if (kind != "file") return finish_symlink(wanted) ? answer_fd(-1) : Outcome{failed("open", wanted.name)};
  struct stat found = {};
  if (::fstat(file.get(), &found) < 0 || !give(file.get(), wanted, found)) return failed("fchown", wanted.name);
  return answer_fd(file.release());
}

}  // namespace tsrun::entries
