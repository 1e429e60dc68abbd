// Compares the predicted verdict of a filter with the kernel's.
#include <linux/audit.h>
#include <linux/filter.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <random>
#include <vector>

#include "../../init/filter.h"
#include "scratch.h"

namespace tsrun::test {
namespace {

using Program = std::vector<sock_filter>;

init::Text text_of(const Program& program) {
  return {reinterpret_cast<const char*>(program.data()), static_cast<uint32_t>(program.size() * sizeof(sock_filter))};
}

Program answering(uint32_t for_write, uint32_t for_others) {
  return {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_write, 0, 1),
          BPF_STMT(BPF_RET | BPF_K, for_write), BPF_STMT(BPF_RET | BPF_K, for_others)};
}

void writes() {
  check(init::allows_write(text_of(answering(SECCOMP_RET_ALLOW, SECCOMP_RET_KILL_PROCESS)), 3, 512),
        "a filter that allows write is recognized");
  check(init::allows_write(text_of(answering(SECCOMP_RET_LOG, SECCOMP_RET_KILL_PROCESS)), 3, 512),
        "a filter that logs write is recognized");
  for (const uint32_t action : {SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP,
                                SECCOMP_RET_TRACE, SECCOMP_RET_USER_NOTIF}) {
    check(!init::allows_write(text_of(answering(action, SECCOMP_RET_ALLOW)), 3, 512), "a filter that denies write is recognized");
  }
  check(!init::allows_write({"", 0}, 3, 512), "a filter without a verdict denies");
}

// Returns the errno of getppid(2) under the filter, which allows everything else; -1 if the kernel rejects the filter.
int asked_kernel(const Program& program) {
  int ends[2];
  if (::pipe(ends) < 0) return -1;
  const pid_t child = ::fork();
  if (child == 0) {
    sock_fprog filter = {static_cast<unsigned short>(program.size()), const_cast<sock_filter*>(program.data())};
    int answer = -1;
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (::prctl(PR_SET_SECCOMP, 2, &filter) == 0) answer = static_cast<int>(-init::sys::call(__NR_getppid, 0x1234, 7));
    ::_exit(::write(ends[1], &answer, sizeof answer) == sizeof answer ? 0 : 1);
  }
  int answer = -1;
  const bool read = ::read(ends[0], &answer, sizeof answer) == sizeof answer;
  ::waitpid(child, nullptr, 0);
  ::close(ends[0]);
  ::close(ends[1]);
  return read ? answer : -1;
}

// Computes with the call's arguments, then returns an errno of 1 to 64.
Program random_program(std::mt19937& random) {
  const auto pick = [&](uint32_t below) { return static_cast<uint32_t>(random() % below); };
  Program p = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_getppid, 1, 0),
               BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  // The kernel requires every word of memory to be stored before it is loaded.
  for (unsigned word = 0; word < 3; ++word) p.push_back(BPF_STMT(BPF_ST, word));
  constexpr uint16_t kOperations[] = {BPF_ADD, BPF_SUB, BPF_MUL, BPF_OR, BPF_AND, BPF_XOR, BPF_LSH, BPF_RSH, BPF_DIV};
  constexpr uint16_t kJumps[] = {BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET};
  for (int i = 0; i < 20; ++i) {
    switch (pick(8)) {
      case 0:
        p.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4 * (pick(2) * 4 + 0)));
        break;
      case 1:
        p.push_back(BPF_STMT(BPF_ALU | BPF_K | kOperations[pick(9)], 1 + pick(31)));
        break;
      case 2:
        p.push_back(BPF_STMT(BPF_ALU | BPF_X | kOperations[pick(8)], 0));
        break;
      case 3:
        p.push_back(BPF_STMT(pick(2) == 0 ? BPF_MISC | BPF_TAX : BPF_MISC | BPF_TXA, 0));
        break;
      case 4:
        p.push_back(BPF_STMT(pick(2) == 0 ? BPF_ST : BPF_STX, pick(3)));
        break;
      case 5:
        p.push_back(BPF_STMT(static_cast<uint16_t>((pick(2) == 0 ? BPF_LD : BPF_LDX) | BPF_MEM), pick(3)));
        break;
      case 6:
        p.push_back(BPF_STMT(BPF_ALU | BPF_NEG, 0));
        break;
      default:
        p.push_back(BPF_JUMP(static_cast<uint16_t>(BPF_JMP | (pick(2) == 0 ? BPF_K : BPF_X) | kJumps[pick(4)]), pick(100),
                             static_cast<uint8_t>(pick(3)), static_cast<uint8_t>(pick(3))));
    }
  }
  // Targets for the last jump.
  for (int i = 0; i < 3; ++i) p.push_back(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 63));
  p.push_back(BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 1));
  p.push_back(BPF_STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO));
  p.push_back(BPF_STMT(BPF_RET | BPF_A, 0));
  return p;
}

void as_the_kernel() {
  std::mt19937 random(7);
  int compared = 0;
  for (int i = 0; i < 300; ++i) {
    const Program program = random_program(random);
    const int kernel = asked_kernel(program);
    if (kernel < 0) continue;
    seccomp_data call = {};
    call.nr = __NR_getppid;
#if defined(__x86_64__)
    call.arch = AUDIT_ARCH_X86_64;
#else
    call.arch = AUDIT_ARCH_AARCH64;
#endif
    call.args[0] = 0x1234;
    call.args[1] = 7;
    const uint32_t ours = init::verdict(text_of(program), call);
    check(ours == (SECCOMP_RET_ERRNO | static_cast<uint32_t>(kernel)), "program " + std::to_string(i) + " answers what the kernel does");
    ++compared;
  }
  check(compared > 100, "the kernel accepted most of the programs");
}

}  // namespace

void filter_tests() {
  writes();
  if (!emulator_lacks(__NR_seccomp, "the same verdict as the kernel")) as_the_kernel();
}

}  // namespace tsrun::test
