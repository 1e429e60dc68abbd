// The prologue of a filter that denies by default: system calls newer than the profile fail with ENOSYS.
//
// A profile lists the calls that its author knew. The C library tries newer calls first and falls back to older ones only on ENOSYS; with
// EPERM, programs fail on every kernel that is newer than their profile (as happened with clone3 and faccessat2). The author cannot have
// known a call whose number is higher than that of the newest call in the profile, so it fails with ENOSYS. runc does the same.
#pragma once
#include <linux/filter.h>

#include <cstdint>
#include <vector>

namespace tsrun::seccomp {

// The highest system call number that the profile names for an architecture. x32 has its own entry, with bit 30 in the number.
struct Newest {
  uint32_t architecture;
  uint32_t number;
};

// Whether the default action needs the prologue. It does not if the action allows calls, leaves them to a tracer, or returns ENOSYS itself.
bool needs_stub(uint32_t default_action);

// Builds the prologue. It falls through to the first instruction of the filter that is appended to it.
std::vector<sock_filter> stub(const std::vector<Newest>& newest);

}  // namespace tsrun::seccomp
