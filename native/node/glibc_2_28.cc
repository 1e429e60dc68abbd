// Keeps the addon loadable where glibc is 2.28, the oldest that Node.js itself runs on, although it is linked against a newer one. These functions moved to libc.so.6, or came to be, later:
// with definitions of our own there is no reference to them. `scripts/package/glibc.mjs` finds what is missing here.
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

// libstdc++ counts references without atomic operations while it is true (2.32).
extern char singleThreaded __asm__("__libc_single_threaded");
char singleThreaded = 0;

// 2.33: until then inline functions in a static part of the library. The kernel's struct stat is glibc's on every architecture of 64 bits.
int ownFstat(int fd, struct stat* status) __asm__("fstat");
int ownFstat64(int fd, struct stat* status) __asm__("fstat64");
int ownLstat(const char* path, struct stat* status) __asm__("lstat");
int ownLstat64(const char* path, struct stat* status) __asm__("lstat64");

int ownFstat(int fd, struct stat* status) { return static_cast<int>(::syscall(SYS_fstat, fd, status)); }
int ownFstat64(int fd, struct stat* status) { return ownFstat(fd, status); }
int ownLstat(const char* path, struct stat* status) {
  return static_cast<int>(::syscall(SYS_newfstatat, AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW));
}
int ownLstat64(const char* path, struct stat* status) { return ownLstat(path, status); }

// 2.32: until then in libpthread.so.0.
int ownSigmask(int how, const sigset_t* set, sigset_t* before) __asm__("pthread_sigmask");
int ownSigmask(int how, const sigset_t* set, sigset_t* before) {
  sigset_t blocked;
  if (set != nullptr) {
    blocked = *set;
    // SIGCANCEL and SIGSETXID of nptl(7), which sigset functions do not touch. Nobody may block them.
    if (how != SIG_UNBLOCK) reinterpret_cast<unsigned long*>(&blocked)[0] &= ~(3UL << 31);
    set = &blocked;
  }
  return ::syscall(SYS_rt_sigprocmask, how, set, before, 8) == 0 ? 0 : errno;
}

// 2.36. In std::random_device, which libstdc++ links although nobody makes one.
unsigned ownRandom() __asm__("arc4random");
unsigned ownRandom() {
  unsigned value = 0;
  while (::getrandom(&value, sizeof value, 0) != sizeof value) {
  }
  return value;
}

}  // extern "C"
#endif
