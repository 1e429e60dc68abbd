// A directory with a rootfs in it and a place outside of it, and the smallest test harness. The headers of tsrun-init are the kernel's: those of the C library
// for the same things (fcntl.h) cannot be included beside them.
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
  // A State whose rootfs is ours.
  init::State& state() { return state_; }
  // Host paths of something inside, and of something outside.
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
// Whether the descriptor is what the path leads to.
bool is_same(int fd, const std::string& path);

void resolve_tests();
void home_tests();
void interpreter_tests();
void procfs_tests();
void arena_tests();
void filter_tests();
void text_tests();

}  // namespace tsrun::test
