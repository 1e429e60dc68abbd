#include "write.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdio>

#include "../fd.h"
#include "../outcome.h"
#include "entries.h"
#include "open_flags.h"

namespace tsrun {

bool write_all(int fd, const void* data, size_t size) {
  const char* at = static_cast<const char*>(data);
  do {
    const ssize_t count = uninterrupted([&] { return ::write(fd, at, size); });
    if (count < 0) return false;
    at += count;
    size -= static_cast<size_t>(count);
  } while (size > 0);
  return true;
}

namespace {

// Returns false with errno. If another writer took the space that poll(2) reported, wait a little before the next try.
bool wait_for_room(int fd, int refused) {
  constexpr int kMilliseconds = 10'000;
  constexpr int kPause = 10;
  if (refused > 0) ::poll(nullptr, 0, kPause);
  pollfd wait = {fd, POLLOUT, 0};
  const int ready = refused < kMilliseconds / kPause ? uninterrupted([&] { return ::poll(&wait, 1, kMilliseconds); }) : 0;
  if (ready == 0) errno = ETIMEDOUT;
  return ready > 0;
}

}  // namespace

bool write_in_time(int fd, const void* data, size_t size) {
  const char* at = static_cast<const char*>(data);
  int refused = 0;
  do {
    const ssize_t count = uninterrupted([&] { return ::write(fd, at, size); });
    if (count < 0 && (errno != EAGAIN || !wait_for_room(fd, refused++))) return false;
    if (count < 0) continue;
    refused = 0;
    at += count;
    size -= static_cast<size_t>(count);
  } while (size > 0);
  return true;
}

namespace entries {
namespace {

struct Split {
  std::string directory;
  std::string name;
};

Split split(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {path.substr(0, slash + 1), path.substr(slash + 1)};
}

// A name that no other writer uses: process ids differ between processes, and counts between calls. O_EXCL detects a file that a dead
// writer left behind.
std::string temporary_name(const std::string& name) {
  static std::atomic<unsigned> count{0};
  return "." + name + "." + std::to_string(::getpid()) + "." + std::to_string(count.fetch_add(1)) + ".tmp";
}

constexpr int kAttempts = 64;

}  // namespace

Outcome write_file(const Arguments& a) {
  const std::string& path = a.text(0);
  const std::string& text = a.text(1);
  const int flags = static_cast<int>(kernel_open_flags(a.integer(2))) | O_WRONLY | O_CLOEXEC | O_NOCTTY;
  const auto mode = static_cast<mode_t>(a.integer(3, 0));
  const int directory = a.fd(4) < 0 ? AT_FDCWD : a.fd(4);
  Fd fd(uninterrupted([&] { return ::openat(directory, path.c_str(), flags, mode); }));
  if (!fd.valid()) return failed("open", path);
  // Callers that open with O_NONBLOCK wait here, for a limited time. No other caller waits: a kernel file that fails with EAGAIN is always
  // ready for poll(2).
  const bool written =
      (flags & O_NONBLOCK) == 0 ? write_all(fd.get(), text.data(), text.size()) : write_in_time(fd.get(), text.data(), text.size());
  if (!written) return failed("write", path);
  if (!fd.close()) return failed("close", path);
  return done();
}

Outcome write_text(const Arguments& a) {
  if (!write_in_time(a.fd(0), a.text(1).data(), a.text(1).size())) return failed_on("write", a.fd(0));
  return done();
}

Outcome write_bytes(const Arguments& a) {
  if (!write_in_time(a.fd(0), a.bytes(1).data(), a.bytes(1).size())) return failed_on("write", a.fd(0));
  return done();
}

namespace {

struct Replacement {
  const std::string& path;
  const void* data;
  size_t size;
  mode_t mode;
  bool sync;
  // The directory that the path is relative to, or -1.
  int directory;
};

Outcome replace(const Replacement& r) {
  const Split where = split(r.path);

  const bool held = r.directory >= 0 && r.path.find('/') == std::string::npos;
  const Fd opened(held ? -1 : uninterrupted([&] {
    return ::openat(r.directory < 0 ? AT_FDCWD : r.directory, where.directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  }));
  if (!held && !opened.valid()) return failed("open", where.directory);
  const int directory = held ? r.directory : opened.get();
  std::string name;
  Fd fd;
  for (int attempt = 0; !fd.valid() && attempt < kAttempts; ++attempt) {
    name = temporary_name(where.name);
    fd.reset(uninterrupted([&] { return ::openat(directory, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600); }));
    if (!fd.valid() && errno != EEXIST) break;
  }
  if (!fd.valid()) return failed("open", where.directory + name);

  const auto give_up = [&](const char* call) {
    Failure failure = failed(call, r.path);
    ::unlinkat(directory, name.c_str(), 0);
    return failure;
  };
  // Set the mode explicitly, because the caller's umask would change the one given to open(2).
  if (::fchmod(fd.get(), r.mode) < 0) return give_up("fchmod");
  if (!write_all(fd.get(), r.data, r.size)) return give_up("write");
  if (r.sync && ::fsync(fd.get()) < 0) return give_up("fsync");
  if (!fd.close()) return give_up("close");
  if (::renameat(directory, name.c_str(), directory, where.name.c_str()) < 0) return give_up("rename");
  // After a crash the new name exists only if the directory was synced, too (fsync(2)).
  if (r.sync && ::fsync(directory) < 0) return failed("fsync", where.directory);
  return done();
}

}  // namespace

Outcome replace_file(const Arguments& a) {
  return replace({a.text(0), a.text(1).data(), a.text(1).size(), static_cast<mode_t>(a.integer(2)), a.boolean(3), a.fd(4)});
}

Outcome replace_bytes(const Arguments& a) {
  return replace({a.text(0), a.bytes(1).data(), a.bytes(1).size(), static_cast<mode_t>(a.integer(2)), a.boolean(3), a.fd(4)});
}

}  // namespace entries
}  // namespace tsrun
