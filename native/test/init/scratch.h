// A directory with a rootfs and a place outside of it, and a minimal test harness. tsrun-init uses the kernel's headers, which cannot be
// included together with the C library's for the same things (fcntl.h).
#pragma once
#include <string>

#include "../../init/state.h"

namespace tsrun::test {

void check(bool good, const std::string& name);

class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  // A State with our rootfs.
  init::State& state() { return state_; }
  // Host paths of a file inside the rootfs, and of one outside.
  std::string inside(const std::string& path) const { return path_ + "/rootfs" + path; }
  std::string outside(const std::string& path) const { return path_ + "/outside" + path; }
  void directory(const std::string& path) const;
  void file(const std::string& path, const std::string& text) const;
  void link(const std::string& target, const std::string& path) const;

 private:
  std::string path_;
  init::State state_;
};

bool exists(const std::string& path);
bool is_directory(const std::string& path);
// Whether the descriptor refers to the file at the path.
bool is_same(int fd, const std::string& path);

// Whether an emulator runs the tests (TSRUN_EMULATOR) that does not have this system call: qemu-user 7.2 has neither openat2(2) nor
// seccomp(2). Says that the named tests are left out. Without an emulator they are never left out.
bool emulator_lacks(long call, const char* tests);

void resolve_tests();
void home_tests();
void interpreter_tests();
void procfs_tests();
void host_mounts_tests();
void arena_tests();
void filter_tests();
void text_tests();

}  // namespace tsrun::test
