#include "child.h"

#include <linux/sched.h>

namespace tsrun::init {
namespace {

constexpr size_t kStackSize = 16 << 10;
alignas(16) char stack[kStackSize];

constexpr long kChildSignal = 17;  // SIGCHLD
constexpr long kFlags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | kChildSignal;

}  // namespace

#if defined(__x86_64__)

long clone_sharing_memory(int (*body)(void*), void* argument, int& pidfd) {
  long result;
  register long r10 asm("r10") = 0;
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
      : "0"(__NR_clone), "D"(kFlags), "S"(stack + kStackSize), "d"(&pidfd), "r"(r10), "r"(r8), "r"(r9)
      : "rcx", "r11", "memory", "cc");
  return result;
}

#elif defined(__aarch64__)

long clone_sharing_memory(int (*body)(void*), void* argument, int& pidfd) {
  register long x8 asm("x8") = __NR_clone;
  register long x0 asm("x0") = kFlags;
  register char* x1 asm("x1") = stack + kStackSize;
  register int* x2 asm("x2") = &pidfd;
  register long x3 asm("x3") = 0;
  register long x4 asm("x4") = 0;
  register auto x5 asm("x5") = body;
  register void* x6 asm("x6") = argument;
  asm volatile(
      "svc #0\n\t"
      "cbnz x0, 1f\n\t"
      "mov x29, xzr\n\t"
      "mov x0, x6\n\t"
      "blr x5\n\t"
      "mov x8, #93\n\t"  // exit(2)
      "svc #0\n\t"
      "brk #1\n"
      "1:"
      : "+r"(x0)
      : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5), "r"(x6)
      : "x30", "memory", "cc");
  return x0;
}

#endif

}  // namespace tsrun::init
