#include "../../report.h"
#include "../../steps.h"

namespace tsrun::init::steps {
namespace {

// Killed processes leave their cgroups within milliseconds. A cgroup that is still in use after that belongs to a living container and is
// removed with it.
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
      // Names that start with a dot are only . and .., which are not children.
      if (static_cast<unsigned char>(entry[kTypeAt]) == kTypeDirectory && name[0] != '.') remove_directory(directory, name);
      at += entry_size;
    }
  }
}

// Opens a path below the hierarchy that was handed over, without crossing a mount.
long open_below(int hierarchy, const char* path, Fd& directory) {
  open_how how = {};
  how.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
  return directory.take(sys::uninterrupted([&] { return sys::open(hierarchy, path, how); }));
}

// A tsrun that was killed between mkdir(2) and the claim leaves only the mode (src/cgroup/tree/parents.ts).
bool is_unfinished(int cgroup) {
  constexpr unsigned kStickyBit = 01000;
  struct statx status;
  return sys::stat(cgroup, status) >= 0 && (status.stx_mode & kStickyBit) != 0;
}

// Checks the claim that src/cgroup/tree/claim.ts set: a path does not tell who owns the cgroup now.
bool is_ours(int cgroup) {
  const Text claim = text_of("parent");
  char value[64];
  const long size = sys::call(__NR_fgetxattr, cgroup, "user.tsrun", value, sizeof value);
  if (size == -ENODATA) return is_unfinished(cgroup);
  return size == static_cast<long>(claim.size) && memcmp(value, claim.data, claim.size) == 0;
}

// Removes an open directory by its name, if that is still its name.
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

// Returns false if the cgroup or one below it has processes. Somebody else's cgroup stays, and counts as done.
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
  // Others may use the parents by now.
  for (Text parent; parents.next(parent);) remove_own(hierarchy.get(), parent, false);
  sys::exit(0);
}

}  // namespace tsrun::init::steps
