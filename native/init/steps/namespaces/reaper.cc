#include "../../report.h"
#include "../../steps.h"

namespace tsrun::init::steps {
namespace {

// Killed processes leave their cgroups within milliseconds. A cgroup that is still used then belongs to a container that lives on, and is removed with it.
constexpr int kAttempts = 300;
constexpr long kPauseNanoseconds = 10'000'000;

void pause() {
  const int64_t time[2] = {0, kPauseNanoseconds};  // struct timespec
  sys::call(__NR_nanosleep, time, nullptr);
}

long remove_directory(int directory, const char* name) { return sys::call(__NR_unlinkat, directory, name, AT_REMOVEDIR); }

// struct linux_dirent64 (getdents(2)): the name follows 8 + 8 + 2 + 1 bytes.
void remove_children(int directory) {
  constexpr unsigned char kTypeDirectory = 4;
  constexpr size_t kSizeAt = 16, kTypeAt = 18, kNameAt = 19;
  constexpr int kFromStart = 0;
  sys::call(__NR_lseek, directory, 0, kFromStart);
  char entries[4096];
  for (;;) {
    const long size = sys::call(__NR_getdents64, directory, entries, sizeof entries);
    if (size <= 0) return;
    for (long at = 0; at < size;) {
      const char* entry = entries + at;
      uint16_t entry_size;
      memcpy(&entry_size, entry + kSizeAt, sizeof entry_size);
      const char* name = entry + kNameAt;
      // Dots: itself and its parent, which are not empty.
      if (static_cast<unsigned char>(entry[kTypeAt]) == kTypeDirectory && name[0] != '.') remove_directory(directory, name);
      at += entry_size;
    }
  }
}

// Below the hierarchy that was handed over, and never what is mounted over a part of it.
long open_below(int hierarchy, const char* path, Fd& directory) {
  open_how how = {};
  how.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
  return directory.take(sys::uninterrupted([&] { return sys::open(hierarchy, path, how); }));
}

// By the claim of src/cgroup/claim.ts: a path says nothing of whose a cgroup is by now.
bool is_ours(int cgroup) {
  const Text claim = text_of("parent");
  char value[64];
  const long size = sys::call(__NR_fgetxattr, cgroup, "user.tsrun", value, sizeof value);
  return size == static_cast<long>(claim.size) && memcmp(value, claim.data, claim.size) == 0;
}

// What it is removed by: a name in an open directory, as long as that is its name.
long remove_held(int hierarchy, const Text& path, int held) {
  uint32_t split = path.size;
  while (split > 0 && path.data[split - 1] != '/') --split;
  const char* name = path.data + split;
  Path above;
  above.add(split == 0 ? text_of(".") : Text{path.data, split});
  Fd parent;
  struct statx there;
  struct statx status;
  long result = above.full() ? -ENAMETOOLONG : open_below(hierarchy, above.c_str(), parent);
  if (result >= 0) result = sys::stat(held, status);
  if (result >= 0) result = sys::stat(parent.get(), name, there);
  if (result < 0) return result;
  return there.stx_ino == status.stx_ino ? remove_directory(parent.get(), name) : -ENOENT;
}

// False where it has processes, or cgroups that do. What is somebody else's stays, and is done with.
bool remove_own(int hierarchy, const Text& path, bool with_children) {
  Fd directory;
  if (open_below(hierarchy, path.data, directory) < 0 || !is_ours(directory.get())) return true;
  if (with_children) remove_children(directory.get());
  const long result = remove_held(hierarchy, path, directory.get());
  return result != -EBUSY && result != -ENOTEMPTY;
}

void wait_for_the_end(int socket) {
  char byte;
  while (read_fully(socket, &byte, sizeof byte)) {
  }
}

}  // namespace

Result reaper(State& state, const operations::Reaper& o) {
  const Fd hierarchy(o.hierarchy());
  wait_for_the_end(state.reports.get());
  for (int attempt = 0; !remove_own(hierarchy.get(), o.directory(), true) && attempt < kAttempts; ++attempt) pause();
  plan::Entries parents(o.parents());
  // Others may use them by now.
  for (Text parent; parents.next(parent);) remove_own(hierarchy.get(), parent, false);
  sys::exit(0);
}

}  // namespace tsrun::init::steps
