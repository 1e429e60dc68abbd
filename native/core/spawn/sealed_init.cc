#include "sealed_init.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <mutex>

#include "../fd.h"
#include "../files/write.h"
#include "../kernel.h"
#include "sealed_overlay.h"

// The program itself, embedded in the executable (or the addon) at build time.
extern "C" const unsigned char tsrun_init_start[];
extern "C" const unsigned char tsrun_init_end[];

namespace tsrun {
namespace {

constexpr char kName[] = "tsrun-init";
// F_SEAL_FUTURE_WRITE is not needed: before 5.1 it did not affect existing writable mappings, and F_SEAL_WRITE is stronger.
constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

Fd make_memfd() {
  constexpr unsigned kFlags = kernel::kMemfdCloexec | kernel::kMemfdAllowSealing;
  Fd fd(static_cast<int>(::syscall(SYS_memfd_create, kName, kFlags | kernel::kMemfdExec)));
  // Before 6.3 the flag is unknown, and every memfd is executable.
  if (!fd.valid() && errno == EINVAL) fd.reset(static_cast<int>(::syscall(SYS_memfd_create, kName, kFlags)));
  return fd;
}

Outcome make(Fd& into) {
  const auto size = static_cast<size_t>(tsrun_init_end - tsrun_init_start);
  Fd fd = make_memfd();
  // vm.memfd_noexec=2 forbids executable memfds.
  if (!fd.valid() && errno == EACCES) return sealed_overlay(tsrun_init_start, size, into);
  if (!fd.valid()) return failed("memfd_create", kName);
  if (!write_all(fd.get(), tsrun_init_start, size)) return failed("write", kName);
  // Make it unreadable for processes without rights over it, such as one in a new user namespace. Then execve(2) leaves the process
  // undumpable even before it makes itself so, and its files in /proc belong to root, or to the root of our own user namespace, which
  // writes its id maps (would_dump() in fs/exec.c).
  if (::fchmod(fd.get(), 0111) < 0) return failed("fchmod", kName);
  if (::fcntl(fd.get(), F_ADD_SEALS, kSeals) < 0) return failed("fcntl", kName);
  const int seals = ::fcntl(fd.get(), F_GET_SEALS);
  if (seals < 0) return failed("fcntl", kName);
  if ((seals & kSeals) != kSeals) return Failure{EPERM, "fcntl", kName};
  into = std::move(fd);
  return done();
}

}  // namespace

Outcome sealed_init() {
  static std::mutex mutex;
  static Fd kept;
  const std::lock_guard<std::mutex> guard(mutex);
  if (!kept.valid()) {
    Outcome made = make(kept);
    if (std::holds_alternative<Failure>(made)) return made;
    note_own(kept.get());
  }
  return answer(int64_t{kept.get()});
}

}  // namespace tsrun
