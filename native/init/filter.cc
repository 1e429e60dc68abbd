#include "filter.h"

#include <linux/audit.h>
#include <linux/filter.h>

#include "base/sys.h"

namespace tsrun::init {
namespace {

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#else
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#endif

struct Machine {
  uint32_t accumulator = 0, index = 0;
  uint32_t memory[BPF_MEMWORDS] = {};
};

uint32_t word_at(const struct seccomp_data& call, uint32_t offset) {
  uint32_t word = 0;
  if (offset <= sizeof call - sizeof word) memcpy(&word, reinterpret_cast<const char*>(&call) + offset, sizeof word);
  return word;
}

void compute(Machine& m, uint16_t code, uint32_t k) {
  const uint32_t operand = BPF_SRC(code) == BPF_X ? m.index : k;
  switch (BPF_OP(code)) {
    case BPF_ADD:
      m.accumulator += operand;
      return;
    case BPF_SUB:
      m.accumulator -= operand;
      return;
    case BPF_MUL:
      m.accumulator *= operand;
      return;
    case BPF_DIV:
      // On division by zero the kernel ends the filter with 0.
      m.accumulator = operand == 0 ? 0 : m.accumulator / operand;
      return;
    case BPF_OR:
      m.accumulator |= operand;
      return;
    case BPF_AND:
      m.accumulator &= operand;
      return;
    case BPF_XOR:
      m.accumulator ^= operand;
      return;
    case BPF_LSH:
      m.accumulator <<= operand & 31;
      return;
    case BPF_RSH:
      m.accumulator >>= operand & 31;
      return;
    case BPF_NEG:
      m.accumulator = 0 - m.accumulator;
      return;
    default:
      return;
  }
}

bool jumps(const Machine& m, uint16_t code, uint32_t k) {
  const uint32_t operand = BPF_SRC(code) == BPF_X ? m.index : k;
  switch (BPF_OP(code)) {
    case BPF_JEQ:
      return m.accumulator == operand;
    case BPF_JGT:
      return m.accumulator > operand;
    case BPF_JGE:
      return m.accumulator >= operand;
    default:
      return (m.accumulator & operand) != 0;  // BPF_JSET
  }
}

uint32_t loaded(const Machine& m, const struct sock_filter& i, const struct seccomp_data& call) {
  switch (BPF_MODE(i.code)) {
    case BPF_IMM:
      return i.k;
    case BPF_MEM:
      return i.k < BPF_MEMWORDS ? m.memory[i.k] : 0;
    case BPF_LEN:
      return sizeof call;
    default:
      return word_at(call, i.k);  // BPF_ABS
  }
}

}  // namespace

uint32_t verdict(const Text& filter, const struct seccomp_data& call) {
  Machine m;
  const uint32_t count = filter.size / sizeof(struct sock_filter);
  // Jumps only go forward, so this terminates.
  for (uint64_t at = 0; at < count; ++at) {
    struct sock_filter i;
    memcpy(&i, filter.data + at * sizeof i, sizeof i);
    switch (BPF_CLASS(i.code)) {
      case BPF_LD:
        m.accumulator = loaded(m, i, call);
        break;
      case BPF_LDX:
        m.index = loaded(m, i, call);
        break;
      case BPF_ST:
        if (i.k < BPF_MEMWORDS) m.memory[i.k] = m.accumulator;
        break;
      case BPF_STX:
        if (i.k < BPF_MEMWORDS) m.memory[i.k] = m.index;
        break;
      case BPF_ALU:
        compute(m, i.code, i.k);
        break;
      case BPF_JMP:
        at += BPF_OP(i.code) == BPF_JA ? i.k : jumps(m, i.code, i.k) ? i.jt : i.jf;
        break;
      case BPF_RET:
        return BPF_RVAL(i.code) == BPF_A ? m.accumulator : i.k;
      default:  // BPF_MISC
        if (BPF_MISCOP(i.code) == BPF_TAX) {
          m.index = m.accumulator;
        } else {
          m.accumulator = m.index;
        }
    }
  }
  return SECCOMP_RET_KILL_PROCESS;
}

bool allows_write(const Text& filter, int fd, size_t size) {
  struct seccomp_data call = {};
  call.nr = __NR_write;
  call.arch = kArchitecture;
  call.args[0] = static_cast<uint64_t>(fd);
  call.args[2] = size;
  const uint32_t action = verdict(filter, call) & SECCOMP_RET_ACTION_FULL;
  return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

}  // namespace tsrun::init
