// System calls of tsrun-init, which has no C library. They return the kernel's result, -errno on failure. Calls that are made in only one
// place use `call` there.
#pragma once
#include <asm/statfs.h>
#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <linux/types.h>

#include <cstddef>
#include <cstdint>

namespace tsrun::init::sys {

#if defined(__x86_64__)

inline long raw(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  asm volatile("syscall" : "=a"(result) : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory", "cc");
  return result;
}

#elif defined(__aarch64__)

inline long raw(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 asm("x8") = number;
  register long x0 asm("x0") = a;
  register long x1 asm("x1") = b;
  register long x2 asm("x2") = c;
  register long x3 asm("x3") = d;
  register long x4 asm("x4") = e;
  register long x5 asm("x5") = f;
  asm volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory", "cc");
  return x0;
}

#else
#error "tsrun supports x86-64 and arm64"
#endif

template <typename T>
long word(T value) {
  return static_cast<long>(value);
}
template <typename T>
long word(T* pointer) {
  return reinterpret_cast<long>(pointer);
}
inline long word(std::nullptr_t) { return 0; }

template <typename A = long, typename B = long, typename C = long, typename D = long, typename E = long, typename F = long>
long call(long number, A a = 0, B b = 0, C c = 0, D d = 0, E e = 0, F f = 0) {
  return raw(number, word(a), word(b), word(c), word(d), word(e), word(f));
}

// The user's seccomp filter may reject exit_group(2). For one thread exit(2) does the same; if that is rejected, too, the instruction ends
// us, which no filter sees.
[[noreturn]] inline void exit(int code) {
  call(__NR_exit_group, code);
  call(__NR_exit, code);
  __builtin_trap();
}

// Retries a call that a signal interrupted. The number of retries is limited, because a filter may return EINTR every time.
template <typename Call>
long uninterrupted(Call call) {
  constexpr int kMost = 1000;
  long result = call();
  for (int i = 0; result == -EINTR && i < kMost; ++i) result = call();
  return result;
}

// ---- files; every descriptor is close-on-exec ----
inline long open(int directory, const char* path, unsigned flags, unsigned mode = 0) {
  return call(__NR_openat, directory, path, flags | O_CLOEXEC, mode);
}
inline long open(int directory, const char* path, const open_how& how) { return call(__NR_openat2, directory, path, &how, sizeof how); }
inline long close(int fd) { return call(__NR_close, fd); }
inline long write(int fd, const void* data, size_t size) { return call(__NR_write, fd, data, size); }
inline long read(int fd, void* data, size_t size) { return call(__NR_read, fd, data, size); }
inline long mkdir(int directory, const char* name, unsigned mode) { return call(__NR_mkdirat, directory, name, mode); }
inline long symlink(const char* target, int directory, const char* name) { return call(__NR_symlinkat, target, directory, name); }
inline long readlink(int directory, const char* name, char* buffer, size_t size) {
  return call(__NR_readlinkat, directory, name, buffer, size);
}
inline long chown(int fd, int64_t uid, int64_t gid) { return call(__NR_fchownat, fd, "", uid, gid, AT_EMPTY_PATH); }
inline long chdir(int fd) { return call(__NR_fchdir, fd); }
constexpr unsigned kStatus = STATX_BASIC_STATS | STATX_MNT_ID;
// Of the open file itself, which may be an O_PATH descriptor.
inline long stat(int fd, struct statx& status) { return call(__NR_statx, fd, "", AT_EMPTY_PATH, kStatus, &status); }
inline long stat(int directory, const char* path, struct statx& status) { return call(__NR_statx, directory, path, 0, kStatus, &status); }
inline long statfs(int fd, struct statfs& status) { return call(__NR_fstatfs, fd, &status); }

// ---- mounts: numbers are the same on all architectures since 5.1 ----
inline long open_tree(int directory, const char* path, unsigned flags) {
  constexpr unsigned kCloexec = O_CLOEXEC;  // OPEN_TREE_CLOEXEC
  return call(__NR_open_tree, directory, path, flags | kCloexec);
}
inline long mount(const char* source, const char* target, const char* type, uint64_t flags, const char* data) {
  return call(__NR_mount, source, target, type, flags, data);
}

}  // namespace tsrun::init::sys
