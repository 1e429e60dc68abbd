// A mount namespace that never had the host's mounts, and what is taken from the host before and after.
#include <linux/mount.h>
#include <linux/sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "../../init/files/host_mounts.h"
#include "../../init/files/procfs.h"
#include "../../init/steps.h"
#include "scratch.h"

namespace tsrun::test {
namespace {

namespace fs = std::filesystem;

long descriptors() { return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()); }

// Counts the checks here that fail, for the exit status of a child.
int wrong = 0;
void expect(bool good, const char* name) {
  if (good) return;
  ++wrong;
  std::printf("FAILED: %s\n", name);
}

void in_child(void (*body)(Scratch&), const char* name) {
  Scratch scratch;
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) {
    if (init::sys::call(__NR_unshare, CLONE_NEWNS) < 0) ::_exit(77);
    init::sys::mount(nullptr, "/", nullptr, MS_PRIVATE | MS_REC, nullptr);
    // The host shares its mounts, as systemd does.
    init::sys::mount(scratch.inside("").c_str(), scratch.inside("").c_str(), nullptr, MS_BIND, nullptr);
    init::sys::mount(nullptr, scratch.inside("").c_str(), nullptr, MS_SHARED, nullptr);
    body(scratch);
    std::fflush(stdout);
    ::_exit(wrong);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  check(WIFEXITED(status) && WEXITSTATUS(status) == 0, name);
}

void everything_is_closed_again(Scratch& scratch) {
  init::State& state = scratch.state();
  const plan::Plan empty;
  state.plan = &empty;
  init::open_procfs(state);
  const long before = descriptors();
  const std::string missing = scratch.inside("/missing");
  {
    init::Fd root;
    expect(!init::open_host_mounts(state, init::text_of(missing.c_str()), root), "a rootfs that is missing cannot be opened");
  }
  expect(descriptors() == before && !init::without_host_mounts(state), "then nothing is kept");
  {
    init::Fd root;
    const std::string path = scratch.inside("");
    expect(init::open_host_mounts(state, init::text_of(path.c_str()), root) && root.valid(), "the rootfs is cloned");
    expect(init::without_host_mounts(state) && descriptors() == before + 2, "the host's mount namespace is kept, and the rootfs");
    init::forget_host_mounts(state);
  }
  expect(descriptors() == before && !init::without_host_mounts(state), "forgetting closes everything");
}

void the_host_can_be_asked_again(Scratch& scratch) {
  init::State& state = scratch.state();
  const plan::Plan empty;
  state.plan = &empty;
  init::open_procfs(state);
  scratch.file("/inside", "");
  std::ofstream(scratch.outside("/of_host")) << "host";
  const std::string path = scratch.inside("");
  const std::string outside = scratch.outside("/of_host");
  init::Fd root;
  expect(init::open_host_mounts(state, init::text_of(path.c_str()), root), "the rootfs is cloned");
  constexpr unsigned long kEmpty = 0x00100000;
  expect(init::sys::call(__NR_unshare, kEmpty) == 0, "unshare");
  init::Fd top(init::sys::open(AT_FDCWD, "/", O_PATH | O_DIRECTORY));
  expect(init::sys::call(__NR_move_mount, root.get(), "", top.get(), "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0, "attach");
  expect(init::sys::chdir(root.get()) == 0 && init::sys::call(__NR_chroot, ".") == 0, "enter");
  expect(exists("/inside") && !exists(outside), "only the rootfs is there");
  init::Fd mount;
  expect(init::clone_from_host(state, outside.c_str(), 0, mount) >= 0 && mount.valid(), "a file of the host is cloned later");
  expect(exists("/inside") && !exists(outside), "the process is in its own mount namespace again");
  init::Fd place(init::sys::open(AT_FDCWD, "/inside", O_PATH));
  expect(init::sys::call(__NR_move_mount, mount.get(), "", place.get(), "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0,
         "and can be attached there");
  std::string text;
  std::ifstream("/inside") >> text;
  expect(text == "host", "with its content");
}

// What this kernel and this user can do.
bool can_make(unsigned long flags) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(init::sys::call(__NR_unshare, flags) == 0 ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  return status == 0;
}

}  // namespace

void host_mounts_tests() {
  constexpr unsigned long kEmpty = 0x00100000;
  if (!can_make(CLONE_NEWNS)) {
    std::printf("left out: host_mounts: this user may not create mount namespaces\n");
    return;
  }
  in_child(everything_is_closed_again, "what was opened of the host is closed again");
  if (!can_make(kEmpty)) {
    std::printf("left out: host_mounts, in an empty mount namespace: this kernel has none (Linux 7.1)\n");
    return;
  }
  in_child(the_host_can_be_asked_again, "a file of the host can be cloned from an empty mount namespace");
}

}  // namespace tsrun::test
