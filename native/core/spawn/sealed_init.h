// tsrun-init as an executable that nothing can write to: a sealed memfd, or a file of a sealed overlay. A container that reaches it through /proc/<pid>/exe finds neither
// tsrun nor node there and can change nothing (CVE-2019-5736).
#pragma once
#include "../outcome.h"

namespace tsrun {

// The descriptor, made at the first call and kept as long as the process lives; any thread may call.
Outcome sealed_init();

}  // namespace tsrun
