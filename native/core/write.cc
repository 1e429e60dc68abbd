#include "write.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdio>

#include "entries.h"
#include "fd.h"
#include "open_flags.h"
#include "outcome.h"

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

// A name that no other writer uses now: two processes have two ids, two calls two counts. O_EXCL catches what a dead writer left behind.
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
  if (!write_all(fd.get(), text.data(), text.size())) return failed("write", path);
  if (!fd.close()) return failed("close", path);
  return done();
}

Outcome write_text(const Arguments& a) {
  if (!write_all(a.fd(0), a.text(1).data(), a.text(1).size())) return failed_on("write", a.fd(0));
  return done();
}

Outcome write_bytes(const Arguments& a) {
  if (!write_all(a.fd(0), a.bytes(1).data(), a.bytes(1).size())) return failed_on("write", a.fd(0));
  return done();
}

namespace {

struct Replacement {
  const std::string& path;
  const void* data;
  size_t size;
  mode_t mode;
  bool sync;
  // Where the path begins, or -1.
  int directory;
};

Outcome replace(const Replacement& r) {
  const Split where = split(r.path);

  const bool held = r.directory >= 0 && r.path.find('/') == std::string::npos;
  const Fd opened(held ? -1
                       : ::openat(r.directory < 0 ? AT_FDCWD : r.directory, where.directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!held && !opened.valid()) return failed("open", where.directory);
  const int directory = held ? r.directory : opened.get();
  std::string name;
  Fd fd;
  for (int attempt = 0; !fd.valid() && attempt < kAttempts; ++attempt) {
    name = temporary_name(where.name);
    fd.reset(::openat(directory, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd.valid() && errno != EEXIST) break;
  }
  if (!fd.valid()) return failed("open", where.directory + name);

  const auto give_up = [&](const char* call) {
    Failure failure = failed(call, r.path);
    ::unlinkat(directory, name.c_str(), 0);
    return failure;
  };
  // Not left to open(2): the umask of the caller must not change the mode.
  if (::fchmod(fd.get(), r.mode) < 0) return give_up("fchmod");
  if (!write_all(fd.get(), r.data, r.size)) return give_up("write");
  if (r.sync && ::fsync(fd.get()) < 0) return give_up("fsync");
  if (!fd.close()) return give_up("close");
  if (::renameat(directory, name.c_str(), directory, where.name.c_str()) < 0) return give_up("rename");
  // The new name itself outlives a crash only once the directory is on the disk, too (fsync(2)).
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
