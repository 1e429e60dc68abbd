// Keeps processes in our namespaces from looking at the host's objects here (CVE-2016-9962): PR_SET_DUMPABLE of prctl(2).
#pragma once
#include <linux/prctl.h>

#include "base/sys.h"

namespace tsrun::init {

inline void become_undumpable() { sys::call(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0); }

}  // namespace tsrun::init
