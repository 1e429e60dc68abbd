// tsrun-init as an executable that nobody can write to: a sealed memfd, or a file of a sealed overlay. A container that reaches it through
// /proc/<pid>/exe finds neither tsrun nor node there and cannot change anything (CVE-2019-5736).
#pragma once
#include "../outcome.h"

namespace tsrun {

// Returns the descriptor, which is created at the first call and kept for the life of the process. Any thread may call this.
Outcome sealed_init();

}  // namespace tsrun
