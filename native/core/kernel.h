// System calls and constants of Linux 5.10 and later that the C library of an older distribution does not declare. The constants are from
// include/uapi/linux/, the numbers of the calls from include/uapi/asm-generic/unistd.h: since 5.1 they are the same on all architectures
// except alpha.
#pragma once
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace tsrun::kernel {

constexpr long kPidfdSendSignal = 424;
constexpr long kOpenTree = 428;
constexpr long kMoveMount = 429;
constexpr long kFsopen = 430;
constexpr long kFsconfig = 431;
constexpr long kFsmount = 432;
constexpr long kClone3 = 435;
constexpr long kCloseRange = 436;
constexpr long kOpenat2 = 437;
constexpr long kPidfdOpen = 434;
constexpr long kPidfdGetfd = 438;
constexpr long kMountSetattr = 442;

// linux/sched.h
constexpr uint64_t kCloneVm = 0x00000100;
constexpr uint64_t kClonePidfd = 0x00001000;
constexpr uint64_t kCloneVfork = 0x00004000;
constexpr uint64_t kCloneNewUser = 0x10000000;
constexpr uint64_t kCloneNewPid = 0x20000000;
constexpr uint64_t kCloneClearSighand = 0x100000000;  // 5.5
constexpr uint64_t kCloneIntoCgroup = 0x200000000;    // 5.7

// struct clone_args of linux/sched.h, version 2 (5.7).
struct CloneArguments {
  uint64_t flags = 0;
  uint64_t pidfd = 0;
  uint64_t child_tid = 0;
  uint64_t parent_tid = 0;
  uint64_t exit_signal = 0;
  uint64_t stack = 0;
  uint64_t stack_size = 0;
  uint64_t tls = 0;
  uint64_t set_tid = 0;
  uint64_t set_tid_size = 0;
  uint64_t cgroup = 0;
};
static_assert(sizeof(CloneArguments) == 88);

// linux/memfd.h
constexpr unsigned kMemfdCloexec = 0x1;
constexpr unsigned kMemfdAllowSealing = 0x2;
constexpr unsigned kMemfdExec = 0x10;  // 6.3

// linux/mount.h
constexpr unsigned kOpenTreeClone = 1;
constexpr unsigned kMoveMountFromEmptyPath = 4;
constexpr unsigned kMoveMountToSymlinks = 0x10;
constexpr unsigned kAtRecursive = 0x8000;
constexpr unsigned kFsopenCloexec = 1;
constexpr unsigned kFsmountCloexec = 1;
constexpr unsigned kFsconfigSetString = 1;
constexpr unsigned kFsconfigCreate = 6;
constexpr uint64_t kMountAttrIdmap = 0x00100000;
struct MountAttributes {
  uint64_t set = 0;
  uint64_t clear = 0;
  uint64_t propagation = 0;
  uint64_t user_namespace = 0;
};
static_assert(sizeof(MountAttributes) == 32);

// struct statx of linux/stat.h (5.8). musl's sys/stat.h has none, or one with the same name and fewer fields.
struct FileStatus {
  uint32_t mask, block_size;
  uint64_t attributes;
  uint32_t links, uid, gid;
  uint16_t mode, spare_mode;
  uint64_t inode, size, blocks, known_attributes;
  uint64_t times[8];
  uint32_t device_major, device_minor, on_major, on_minor;
  uint64_t mount, spare[13];
};
static_assert(sizeof(FileStatus) == 256);
static_assert(offsetof(FileStatus, mount) == 144);
constexpr unsigned kStatusBasic = 0x7ff;
constexpr unsigned kStatusMount = 0x1000;
constexpr uint64_t kStatusMountRoot = 0x2000;

// linux/wait.h: the id type of waitid(2) for a pidfd (5.4).
constexpr int kWaitPidfd = 3;

inline int openat2(int directory, const char* path, const open_how& how) {
  return static_cast<int>(syscall(kOpenat2, directory, path, &how, sizeof how));
}
inline int statx(int directory, const char* path, int flags, unsigned mask, FileStatus& status) {
  return static_cast<int>(syscall(SYS_statx, directory, path, flags, mask, &status));
}
inline int pidfd_open(int pid) { return static_cast<int>(syscall(kPidfdOpen, pid, 0)); }
inline int pidfd_send_signal(int pidfd, int signal) { return static_cast<int>(syscall(kPidfdSendSignal, pidfd, signal, nullptr, 0)); }
inline int pidfd_getfd(int pidfd, int fd) { return static_cast<int>(syscall(kPidfdGetfd, pidfd, fd, 0)); }
inline int mount_setattr(int directory, const char* path, unsigned flags, const MountAttributes& attributes) {
  return static_cast<int>(syscall(kMountSetattr, directory, path, flags, &attributes, sizeof attributes));
}

}  // namespace tsrun::kernel
