#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "scratch.h"

namespace tsrun::test {
namespace {

int passed = 0;
int failed = 0;

}  // namespace

void check(bool good, const std::string& name) {
  ++(good ? passed : failed);
  if (!good) std::printf("FAILED: %s\n", name.c_str());
}

Scratch::Scratch() {
  std::string pattern = (std::filesystem::temp_directory_path() / "init-test-XXXXXX").string();
  path_ = ::mkdtemp(pattern.data());
  std::filesystem::create_directories(inside(""));
  std::filesystem::create_directories(outside(""));
  state_.rootfs.reset(init::sys::open(AT_FDCWD, inside("").c_str(), O_PATH | O_DIRECTORY));
}

Scratch::~Scratch() { std::filesystem::remove_all(path_); }

void Scratch::directory(const std::string& path) const { std::filesystem::create_directories(inside(path)); }

void Scratch::file(const std::string& path, const std::string& text) const { std::ofstream(inside(path), std::ios::binary) << text; }

void Scratch::link(const std::string& target, const std::string& path) const { std::filesystem::create_symlink(target, inside(path)); }

bool exists(const std::string& path) { return std::filesystem::exists(std::filesystem::symlink_status(path)); }

bool is_directory(const std::string& path) { return std::filesystem::is_directory(std::filesystem::symlink_status(path)); }

bool is_same(int fd, const std::string& path) {
  const init::Fd other(init::sys::open(AT_FDCWD, path.c_str(), O_PATH | O_NOFOLLOW));
  struct statx a, b;
  if (init::sys::stat(fd, a) != 0 || init::sys::stat(other.get(), b) != 0) return false;
  return a.stx_ino == b.stx_ino && a.stx_dev_major == b.stx_dev_major && a.stx_dev_minor == b.stx_dev_minor;
}

bool emulator_lacks(long call, const char* tests) {
  // With these arguments every kernel that has the call fails with another error.
  if (std::getenv("TSRUN_EMULATOR") == nullptr || ::syscall(call, -1, nullptr, nullptr, 0) >= 0 || errno != ENOSYS) return false;
  std::printf("left out: %s: the emulator does not have system call %ld\n", tests, call);
  return true;
}

}  // namespace tsrun::test

int main() {
  using namespace tsrun::test;
  text_tests();
  if (!emulator_lacks(__NR_openat2, "resolve, home")) {
    resolve_tests();
    home_tests();
  }
  interpreter_tests();
  procfs_tests();
  if (!emulator_lacks(__NR_open_tree, "host_mounts")) host_mounts_tests();
  arena_tests();
  filter_tests();
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
