// Keeps the addon loadable on glibc 2.28, the oldest that Node.js itself supports, although it is linked against a newer one. These
// functions were added later or moved to libc.so.6 later; with our own definitions the addon does not refer to them.
// `scripts/package/glibc.mjs` detects missing ones.
#include <features.h>

#ifdef __GLIBC__
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

extern "C" {

// While it is true, libstdc++ counts references without atomic operations (2.32).
extern char singleThreaded __asm__("__libc_single_threaded");
char singleThreaded = 0;

// 2.33: before that, inline functions in a static part of the library. On all 64-bit architectures, glibc's struct stat is the kernel's.
int ownFstat(int fd, struct stat* status) __asm__("fstat");
int ownFstat64(int fd, struct stat* status) __asm__("fstat64");
int ownLstat(const char* path, struct stat* status) __asm__("lstat");
int ownLstat64(const char* path, struct stat* status) __asm__("lstat64");
int ownFstatat(int directory, const char* path, struct stat* status, int flags) __asm__("fstatat");
int ownFstatat64(int directory, const char* path, struct stat* status, int flags) __asm__("fstatat64");
int ownMknodat(int directory, const char* path, mode_t mode, dev_t device) __asm__("mknodat");

int ownFstat(int fd, struct stat* status) { return static_cast<int>(::syscall(SYS_fstat, fd, status)); }
int ownFstat64(int fd, struct stat* status) { return ownFstat(fd, status); }
int ownFstatat(int directory, const char* path, struct stat* status, int flags) {
  return static_cast<int>(::syscall(SYS_newfstatat, directory, path, status, flags));
}
int ownFstatat64(int directory, const char* path, struct stat* status, int flags) { return ownFstatat(directory, path, status, flags); }
int ownLstat(const char* path, struct stat* status) { return ownFstatat(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW); }
int ownLstat64(const char* path, struct stat* status) { return ownLstat(path, status); }
// The kernel's numbers of devices have 32 bits.
int ownMknodat(int directory, const char* path, mode_t mode, dev_t device) {
  return static_cast<int>(::syscall(SYS_mknodat, directory, path, mode, static_cast<unsigned>(device)));
}

// 2.32: before that, in libpthread.so.0.
int ownSigmask(int how, const sigset_t* set, sigset_t* before) __asm__("pthread_sigmask");
int ownSigmask(int how, const sigset_t* set, sigset_t* before) {
  sigset_t blocked;
  if (set != nullptr) {
    blocked = *set;
    // SIGCANCEL and SIGSETXID of nptl(7), which sigset functions leave alone. Nobody may block them.
    if (how != SIG_UNBLOCK) reinterpret_cast<unsigned long*>(&blocked)[0] &= ~(3UL << 31);
    set = &blocked;
  }
  return ::syscall(SYS_rt_sigprocmask, how, set, before, 8) == 0 ? 0 : errno;
}

// 2.36. Used in std::random_device, which libstdc++ links although nothing creates one.
unsigned ownRandom() __asm__("arc4random");
unsigned ownRandom() {
  unsigned value = 0;
  while (::getrandom(&value, sizeof value, 0) != sizeof value) {
  }
  return value;
}

// 2.38. Headers of that version call these in C++; they differ from the old ones in binary numbers (0b1), which nothing here reads.
long oldLong(const char* text, char** end, int base) __asm__("strtol");
unsigned long oldUnsigned(const char* text, char** end, int base) __asm__("strtoul");
long ownLong(const char* text, char** end, int base) __asm__("__isoc23_strtol");
unsigned long ownUnsigned(const char* text, char** end, int base) __asm__("__isoc23_strtoul");
long ownLong(const char* text, char** end, int base) { return oldLong(text, end, base); }
unsigned long ownUnsigned(const char* text, char** end, int base) { return oldUnsigned(text, end, base); }

}  // extern "C"
#endif
