#include "own.h"

#include <array>
#include <atomic>

namespace tsrun {
namespace {

// NR_OPEN, above which no limit of open files goes by default (sysctl fs.nr_open). One bit each, of which only the pages that are used take memory.
constexpr int kMost = 1 << 20;
constexpr int kBits = 64;
std::array<std::atomic<uint64_t>, kMost / kBits> own;

bool is_known(int fd) { return fd >= 0 && fd < kMost; }
uint64_t bit(int fd) { return uint64_t{1} << (fd % kBits); }

}  // namespace

int64_t hand_out(Fd fd) {
  note_own(fd.get());
  return fd.release();
}

void note_own(int fd) {
  if (is_known(fd)) own[static_cast<size_t>(fd / kBits)].fetch_or(bit(fd), std::memory_order_relaxed);
}

void disown(int fd) {
  if (is_known(fd)) own[static_cast<size_t>(fd / kBits)].fetch_and(~bit(fd), std::memory_order_relaxed);
}

bool is_own(int fd) { return is_known(fd) && (own[static_cast<size_t>(fd / kBits)].load(std::memory_order_relaxed) & bit(fd)) != 0; }

}  // namespace tsrun
