// A seccomp profile as TypeScript hands it over (src/seccomp/encode.ts writes it): little-endian, no alignment, in this order.
//
//   u32 magic 'SCMP'   u32 version
//   u32 default action: a SECCOMP_RET_* value of linux/seccomp.h, its data in the low 16 bits
//   u32 count of architectures, each a u32: AUDIT_ARCH_* of linux/audit.h (x32: libseccomp's SCMP_ARCH_X32)
//   u32 options: Option below
//   u32 count of rules, each:
//     u32 action   u32 count of conditions (at most 6, each on another argument)
//     each condition: u32 argument   u32 operator: enum scmp_compare of libseccomp   u64 value   u64 second value
//     u32 length of the system call's name, the name
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tsrun::seccomp {

constexpr uint32_t kMagic = 0x504d4353;
constexpr uint32_t kVersion = 1;
constexpr uint32_t kMaxArchitectures = 64;
constexpr uint32_t kMaxRules = 1 << 16;
constexpr uint32_t kMaxConditions = 6;
constexpr uint32_t kMaxName = 64;

enum Option : uint32_t {
  // Flags of seccomp(2), for the process that loads the filter; they do not change the filter itself.
  kThreadSync = 1,
  kLog = 2,
  kSpeculationAllowed = 4,
  // Sort the system calls into a binary tree instead of a list (SCMP_FLTATR_CTL_OPTIMIZE 2).
  kBinaryTree = 8,
};

struct Condition {
  uint32_t argument;
  uint32_t compare;
  uint64_t value;
  uint64_t second;
};

struct Rule {
  uint32_t action;
  std::vector<Condition> conditions;
  std::string name;
};

struct Profile {
  uint32_t default_action = 0;
  std::vector<uint32_t> architectures;
  uint32_t options = 0;
  std::vector<Rule> rules;
};

// Returns false unless all the bytes form a profile.
bool decode(const uint8_t* bytes, size_t size, Profile& profile);

}  // namespace tsrun::seccomp
