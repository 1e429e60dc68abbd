// What goes before a filter that denies by default: system calls that are newer than the profile answer ENOSYS.
//
// A profile lists what its author knew. The C library tries newer calls first and falls back to the old ones only on ENOSYS; with EPERM, programs
// fail on every kernel that is newer than their profile (as clone3 and faccessat2 did). A call that the profile's newest one outnumbers cannot have
// been meant; runc answers it the same way.
#pragma once
#include <linux/filter.h>

#include <cstdint>
#include <vector>

namespace tsrun::seccomp {

// The largest number of a system call that the profile names for an architecture; x32 has an entry of its own with bit 30 in the number.
struct Newest {
  uint32_t architecture;
  uint32_t number;
};

// Whether the default action calls for the prologue: not where it lets calls through, leaves them to a tracer, or says ENOSYS itself.
bool needs_stub(uint32_t default_action);

// The prologue. It ends by falling into the first instruction of the filter that is put after it.
std::vector<sock_filter> stub(const std::vector<Newest>& newest);

}  // namespace tsrun::seccomp
