// Tracking of our own descriptors, by number.
#include <limits>
#include <string>

#include "../../core/own.h"
#include "check.h"

namespace tsrun::test {

// Numbers of any size, because sysctl fs.nr_open may be raised to 2^30. Numbers of 2^20 and more were never ours.
void own_tests() {
  constexpr int kLargest = std::numeric_limits<int>::max();
  for (const int fd : {3000, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 1 << 21, 1 << 30, kLargest}) {
    const std::string name = std::to_string(fd);
    check(!is_own(fd), "a number is not ours before it is handed out: " + name);
    note_own(fd);
    check(is_own(fd), "it is ours from then on: " + name);
    check(!is_own(fd == kLargest ? fd - 1 : fd - 1000), "and no other is: " + name);
    disown(fd);
    check(!is_own(fd), "until it is closed: " + name);
  }
  note_own(-1);
  disown(-1);
  check(!is_own(-1), "-1 is not one of our descriptors");
}

}  // namespace tsrun::test
