#include "seccomp_stub.h"

#include <linux/audit.h>
#include <linux/seccomp.h>

#include <cerrno>
#include <cstddef>

namespace tsrun::seccomp {
namespace {

// __X32_SYSCALL_BIT of asm/unistd.h: x32 shares AUDIT_ARCH_X86_64, and only this bit of the system call number distinguishes it.
constexpr uint32_t kX32Bit = 0x40000000;
// libseccomp's name for it (SCMP_ARCH_X32): EM_X86_64 without the 64 bit flag.
constexpr uint32_t kX32 = AUDIT_ARCH_X86_64 & ~__AUDIT_ARCH_64BIT;

sock_filter statement(uint16_t code, uint32_t k) { return BPF_STMT(code, k); }
sock_filter jump(uint16_t code, uint32_t k, uint8_t yes, uint8_t no) { return BPF_JUMP(code, k, yes, no); }

sock_filter load(uint32_t offset) { return statement(BPF_LD | BPF_W | BPF_ABS, offset); }
sock_filter not_there() { return statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS); }

// The section for one architecture, skipped on others. It ends with a jump to the filter, whose length is filled in when it is known.
std::vector<sock_filter> section(uint32_t architecture, uint32_t newest, const Newest* x32) {
  const uint16_t kGreater = BPF_JMP | BPF_JGT | BPF_K;
  std::vector<sock_filter> code;
  code.push_back(load(offsetof(seccomp_data, nr)));
  if (x32 != nullptr) {
    code.push_back(jump(BPF_JMP | BPF_JGE | BPF_K, kX32Bit, 0, 1));
    code.push_back(jump(kGreater, x32->number, 1, 2));
  }
  code.push_back(jump(kGreater, newest, 0, 1));
  code.push_back(not_there());
  code.push_back(statement(BPF_JMP | BPF_JA, 0));
  code.insert(code.begin(), jump(BPF_JMP | BPF_JEQ | BPF_K, architecture, 0, static_cast<uint8_t>(code.size())));
  return code;
}

}  // namespace

bool needs_stub(uint32_t default_action) {
  switch (default_action & SECCOMP_RET_ACTION_FULL) {
    case SECCOMP_RET_ALLOW:
    case SECCOMP_RET_LOG:
    case SECCOMP_RET_TRACE:
      return false;
    default:
      return default_action != (SECCOMP_RET_ERRNO | ENOSYS);
  }
}

std::vector<sock_filter> stub(const std::vector<Newest>& newest) {
  const Newest* x32 = nullptr;
  const Newest* x64 = nullptr;
  for (const Newest& each : newest) {
    if (each.architecture == kX32) x32 = &each;
    if (each.architecture == AUDIT_ARCH_X86_64) x64 = &each;
  }
  std::vector<sock_filter> code;
  std::vector<size_t> jumps;
  for (const Newest& each : newest) {
    // For x32 alone: numbers without its bit are left to the filter.
    const bool is_x32 = &each == x32;
    if (is_x32 && x64 != nullptr) continue;
    const uint32_t audit = is_x32 ? AUDIT_ARCH_X86_64 : each.architecture;
    const std::vector<sock_filter> part = section(audit, each.number, &each == x64 ? x32 : nullptr);
    code.insert(code.end(), part.begin(), part.end());
    jumps.push_back(code.size() - 1);
  }
  if (code.empty()) return code;
  for (const size_t at : jumps) code[at].k = static_cast<uint32_t>(code.size() - at - 1);
  code.insert(code.begin(), load(offsetof(seccomp_data, arch)));
  return code;
}

}  // namespace tsrun::seccomp
