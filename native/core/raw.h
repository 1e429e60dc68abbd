// System calls without the C library, for code that runs between clone and exec: no errno (it belongs to the thread of the suspended
// parent), no cancellation, no locks. Returns the kernel's result, -errno on failure.
#pragma once
#include "kernel.h"

namespace tsrun::raw {

#if defined(__x86_64__)

inline long call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0) {
  long result;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  asm volatile("syscall" : "=a"(result) : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory", "cc");
  return result;
}

// clone3(2) whose child calls `body` on the stack given in `arguments` and exits with its return value. It never returns into the caller's
// frame, whose memory it may share.
inline long clone3(const kernel::CloneArguments& arguments, int (*body)(void*), void* argument) {
  long result;
  register auto r8 asm("r8") = body;
  register void* r9 asm("r9") = argument;
  asm volatile(
      "syscall\n\t"
      "testq %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "xorl %%ebp, %%ebp\n\t"
      "movq %%r9, %%rdi\n\t"
      "callq *%%r8\n\t"
      "movl %%eax, %%edi\n\t"
      "movl $60, %%eax\n\t"  // exit(2)
      "syscall\n\t"
      "hlt\n"
      "1:"
      : "=a"(result)
      : "0"(kernel::kClone3), "D"(&arguments), "S"(sizeof arguments), "r"(r8), "r"(r9)
      : "rcx", "r11", "memory", "cc");
  return result;
}

#elif defined(__aarch64__)

inline long call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0) {
  register long x8 asm("x8") = number;
  register long x0 asm("x0") = a;
  register long x1 asm("x1") = b;
  register long x2 asm("x2") = c;
  register long x3 asm("x3") = d;
  register long x4 asm("x4") = e;
  asm volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory", "cc");
  return x0;
}

// The same for arm64.
inline long clone3(const kernel::CloneArguments& arguments, int (*body)(void*), void* argument) {
  register long x8 asm("x8") = kernel::kClone3;
  register long x0 asm("x0") = reinterpret_cast<long>(&arguments);
  register long x1 asm("x1") = sizeof arguments;
  register auto x2 asm("x2") = body;
  register void* x3 asm("x3") = argument;
  asm volatile(
      "svc #0\n\t"
      "cbnz x0, 1f\n\t"
      "mov x29, xzr\n\t"
      "mov x0, x3\n\t"
      "blr x2\n\t"
      "mov x8, #93\n\t"  // exit(2)
      "svc #0\n\t"
      "brk #1\n"
      "1:"
      : "+r"(x0)
      : "r"(x8), "r"(x1), "r"(x2), "r"(x3)
      : "x30", "memory", "cc");
  return x0;
}

#else
#error "tsrun supports x86-64 and arm64"
#endif

template <typename T>
long address(T* pointer) {
  return reinterpret_cast<long>(pointer);
}

// Retries dup3(2) if a signal arrived while it closed the target (EINTR), or if another thread that shares our descriptors has just been
// given that number by open(2) (EBUSY).
inline long dup3(int from, int to, int flags) {
  constexpr long kInterrupted = -4, kBusy = -16;
  constexpr int kAttempts = 1000;
  long result = kInterrupted;
  for (int i = 0; i < kAttempts && (result == kInterrupted || result == kBusy); ++i) result = call(SYS_dup3, from, to, flags);
  return result;
}

// The number of signals in the kernel, which is also the size of its sigset_t in bits (asm-generic/signal.h).
constexpr int kSignals = 64;
constexpr long kSignalSetSize = 8;

// Resets every signal to its default. CLONE_CLEAR_SIGHAND leaves those ignored that the parent ignores, as Node.js does with SIGPIPE.
inline void default_signals() {
  constexpr int kKill = 9, kStop = 19;
  // The kernel's struct sigaction has at most four words; all zero means SIG_DFL.
  const long action[4] = {0, 0, 0, 0};
  for (int signal = 1; signal <= kSignals; ++signal) {
    if (signal != kKill && signal != kStop) call(SYS_rt_sigaction, signal, address(action), 0, kSignalSetSize);
  }
}

inline void empty_signal_mask() {
  constexpr long kSetMask = 2;
  const uint64_t none = 0;
  call(SYS_rt_sigprocmask, kSetMask, address(&none), 0, kSignalSetSize);
}

}  // namespace tsrun::raw
