#include "../report.h"
#include "../steps.h"

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
void remove_children(const char* path) {
  constexpr unsigned char kTypeDirectory = 4;
  constexpr size_t kSizeAt = 16, kTypeAt = 18, kNameAt = 19;
  Fd directory;
  if (directory.take(sys::open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)) < 0) return;
  char entries[4096];
  for (;;) {
    const long size = sys::call(__NR_getdents64, directory.get(), entries, sizeof entries);
    if (size <= 0) return;
    for (long at = 0; at < size;) {
      const char* entry = entries + at;
      uint16_t entry_size;
      memcpy(&entry_size, entry + kSizeAt, sizeof entry_size);
      const char* name = entry + kNameAt;
      // Dots: itself and its parent, which are not empty.
      if (static_cast<unsigned char>(entry[kTypeAt]) == kTypeDirectory && name[0] != '.') remove_directory(directory.get(), name);
      at += entry_size;
    }
  }
}

bool is_gone(const char* path) {
  const long result = remove_directory(AT_FDCWD, path);
  return result == 0 || result == -ENOENT;
}

void wait_for_the_end(int socket) {
  char byte;
  while (read_fully(socket, &byte, sizeof byte)) {
  }
}

}  // namespace

Result janitor(State& state, const Operation& o) {
  wait_for_the_end(state.reports.get());
  const char* directory = o.texts[0].data;
  remove_children(directory);
  for (int attempt = 0; !is_gone(directory) && attempt < kAttempts; ++attempt) {
    pause();
    remove_children(directory);
  }
  plan::Entries parents(o.texts[1]);
  // Others may use them by now.
  for (Text parent; parents.next(parent);) remove_directory(AT_FDCWD, parent.data);
  sys::exit(0);
}

}  // namespace tsrun::init::steps
