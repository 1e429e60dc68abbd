// Directories that are held open and locked. A container is identified by its open directory, not by whatever has that name later.
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../fd.h"
#include "../outcome.h"
#include "entries.h"

namespace tsrun::entries {
namespace {

// If the directory is replaced every time we open it, somebody does it on purpose.
constexpr int kAttempts = 64;

// How long another process may hold the lock of a new directory to look at it.
constexpr int kLookMs = 500;

enum class Lock { kTaken, kBusy, kFailed };

Lock take_lock(int fd) {
  if (uninterrupted([&] { return ::flock(fd, LOCK_EX | LOCK_NB); }) == 0) return Lock::kTaken;
  return errno == EWOULDBLOCK ? Lock::kBusy : Lock::kFailed;
}

// A directory that others own or can write to may hold what they put there: EPERM.
bool is_own(const struct stat& held) {
  if (held.st_uid == ::geteuid() && (held.st_mode & (S_IWGRP | S_IWOTH)) == 0) return true;
  errno = EPERM;
  return false;
}

// Whether the name still refers to the open directory; false with ENOENT if it does not.
bool is_named(const struct stat& held, const std::string& path) {
  struct stat named = {};
  if (::lstat(path.c_str(), &named) < 0) return false;
  if (held.st_ino == named.st_ino && held.st_dev == named.st_dev) return true;
  errno = ENOENT;
  return false;
}

Fd open_directory(const std::string& path) {
  return Fd(uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); }));
}

// Every directory has at least . and .., and the kernel returns as many entries at once as fit. Returns false with errno, EEXIST if there
// are more.
bool is_empty(int fd) {
  alignas(dirent64) char entries[256];
  int count = 0;
  for (;;) {
    const long size = ::syscall(SYS_getdents64, fd, entries, sizeof entries);
    if (size < 0) return false;
    if (size == 0) return true;
    for (long at = 0; at < size; at += reinterpret_cast<const dirent64*>(entries + at)->d_reclen) ++count;
    if (count > 2) return errno = EEXIST, false;
    if (count == 2) return true;
  }
}

// Between mkdir(2) and this call, start or delete of the same id may look at the directory and hold the lock for a moment; they leave
// nothing in it. Or the directory was removed and created again by another creation, which writes into it: kBusy.
Lock take_lock_of_new(int fd) {
  Lock lock = take_lock(fd);
  for (int waited = 0; lock == Lock::kBusy && waited < kLookMs && is_empty(fd); ++waited) {
    const timespec moment = {0, 1'000'000};
    ::nanosleep(&moment, nullptr);
    if (::lseek(fd, 0, SEEK_SET) < 0) return Lock::kFailed;
    lock = take_lock(fd);
  }
  return lock;
}

Outcome lock_again(int fd, const std::string& path) {
  const Lock lock = take_lock(fd);
  if (lock == Lock::kBusy) return answer_fd(-1);
  struct stat held = {};
  if (lock == Lock::kFailed || ::fstat(fd, &held) < 0) return failed("flock", path);
  if (is_named(held, path)) return answer_fd(fd);
  Failure failure = failed("lstat", path);
  ::flock(fd, LOCK_UN);
  return failure;
}

}  // namespace

Outcome open_own_directory(const Arguments& a) {
  const std::string& path = a.text(0);
  Fd fd = open_directory(path);
  if (!fd.valid()) return failed("open", path);
  struct stat held = {};
  if (::fstat(fd.get(), &held) < 0) return failed("fstat", path);
  if (!is_own(held)) return failed("open", path);
  return answer_fd(fd.release());
}

Outcome lock_directory(const Arguments& a) {
  const std::string& path = a.text(0);
  if (a.fd(1) >= 0) return lock_again(a.fd(1), path);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    Fd fd = open_directory(path);
    if (!fd.valid()) return failed("open", path);
    struct stat held = {};
    if (::fstat(fd.get(), &held) < 0) return failed("fstat", path);
    if (!is_own(held)) return failed("open", path);
    const Lock lock = take_lock(fd.get());
    if (lock == Lock::kBusy) return answer_fd(-1);
    if (lock == Lock::kFailed) return failed("flock", path);
    if (is_named(held, path)) return answer_fd(fd.release());
    if (errno != ENOENT) return failed("lstat", path);
  }
  return Failure{EAGAIN, "flock", path};
}

Outcome unlock_directory(const Arguments& a) {
  if (::flock(a.fd(0), LOCK_UN) < 0) return failed_on("flock", a.fd(0));
  return done();
}

Outcome take_directory(const Arguments& a) {
  const std::string& path = a.text(0);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (::mkdir(path.c_str(), static_cast<mode_t>(a.integer(1))) < 0) return failed("mkdir", path);
    Fd fd = open_directory(path);
    struct stat held = {};
    if (!fd.valid() || ::fstat(fd.get(), &held) < 0) {
      Failure failure = failed("open", path);
      // Somebody removed it between the two calls.
      if (failure.error == ENOENT) continue;
      ::rmdir(path.c_str());
      return failure;
    }
    if (!is_own(held)) return failed("open", path);
    const Lock lock = take_lock_of_new(fd.get());
    if (lock == Lock::kBusy) {
      if (!is_named(held, path) && errno == ENOENT) continue;
      return Failure{EEXIST, "flock", path};
    }
    if (lock == Lock::kFailed) return failed("flock", path);
    if (is_named(held, path)) return is_empty(fd.get()) ? answer_fd(fd.release()) : Outcome{failed("getdents64", path)};
    if (errno != ENOENT) return failed("lstat", path);
  }
  return Failure{EAGAIN, "mkdir", path};
}

}  // namespace tsrun::entries
