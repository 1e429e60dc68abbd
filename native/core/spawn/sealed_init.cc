#include "sealed_init.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <mutex>

#include "../fd.h"
#include "../files/write.h"
#include "../kernel.h"
#include "sealed_overlay.h"

// The program itself, put into the executable (or the addon) at build time.
extern "C" const unsigned char tsrun_init_start[];
extern "C" const unsigned char tsrun_init_end[];

namespace tsrun {
namespace {

constexpr char kName[] = "tsrun-init";
// Not F_SEAL_FUTURE_WRITE: before 5.1 it did not stop writable mappings that exist, and F_SEAL_WRITE says more.
constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

Fd make_memfd() {
  constexpr unsigned kFlags = kernel::kMemfdCloexec | kernel::kMemfdAllowSealing;
  Fd fd(static_cast<int>(::syscall(SYS_memfd_create, kName, kFlags | kernel::kMemfdExec)));
  // Before 6.3 every memfd is executable and the flag unknown.
  if (!fd.valid() && errno == EINVAL) fd.reset(static_cast<int>(::syscall(SYS_memfd_create, kName, kFlags)));
  return fd;
}

Outcome make(Fd& into) {
  const auto size = static_cast<size_t>(tsrun_init_end - tsrun_init_start);
  Fd fd = make_memfd();
  // vm.memfd_noexec=2: none that may be executed.
  if (!fd.valid() && errno == EACCES) return sealed_overlay(tsrun_init_start, size, into);
  if (!fd.valid()) return failed("memfd_create", kName);
  if (!write_all(fd.get(), tsrun_init_start, size)) return failed("write", kName);
  // It cannot be read by whoever has no rights over it, as in a user namespace that is just made: then execve(2) leaves the process undumpable, before
  // it has made itself so, and its files in /proc to root, or to the root of our own user namespace, who write its id maps (would_dump() of fs/exec.c).
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
