// Sets the controlling terminal.
#pragma once
#include <asm/ioctls.h>

#include "../state.h"

namespace tsrun::init {

// Makes the terminal at descriptor 0 the controlling terminal of the session, which this process must lead (tty_ioctl(4)).
inline Result control_terminal(State& state) {
  const long result = sys::call(__NR_ioctl, 0, TIOCSCTTY, 0);
  return result < 0 ? failed(state, Step::kIoctl, result) : kDone;
}

}  // namespace tsrun::init
