#include "own.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <new>

#include "host/left_children.h"

namespace tsrun {
namespace {

// One bit for each descriptor. The first chunk covers numbers up to NR_OPEN, the highest default limit of open files (sysctl fs.nr_open),
// and only its used pages take memory. The other chunks are allocated when a number needs them.
constexpr unsigned kInChunk = 1U << 20;
constexpr unsigned kBits = 64;
constexpr unsigned kChunks = (1U << 31) / kInChunk;
using Chunk = std::array<std::atomic<uint64_t>, kInChunk / kBits>;

Chunk first;
std::array<std::atomic<Chunk*>, kChunks> others;

// Stands for a chunk that could not be allocated. All its numbers then count as ours, because none of our descriptors may be handed over.
Chunk* const kUnknown = &first;

Chunk* find(unsigned fd) { return fd < kInChunk ? &first : others[fd / kInChunk].load(std::memory_order_acquire); }
bool is_unknown(unsigned fd, const Chunk* chunk) { return fd >= kInChunk && chunk == kUnknown; }

Chunk* find_or_make(unsigned fd) {
  Chunk* found = find(fd);
  if (found != nullptr) return found;
  auto* made = new (std::nothrow) Chunk();
  Chunk* const put = made == nullptr ? kUnknown : made;
  // Another thread may have been first.
  if (others[fd / kInChunk].compare_exchange_strong(found, put, std::memory_order_acq_rel)) return put;
  delete made;
  return found;
}

std::atomic<uint64_t>& word(Chunk& chunk, unsigned fd) { return chunk[fd % kInChunk / kBits]; }
uint64_t bit(unsigned fd) { return uint64_t{1} << (fd % kBits); }

thread_local Held* holding = nullptr;

}  // namespace

void Held::add(int fd) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto at = std::lower_bound(fds_.begin(), fds_.end(), fd);
  if (at == fds_.end() || *at != fd) fds_.insert(at, fd);
}

void Held::remove(int fd) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto at = std::lower_bound(fds_.begin(), fds_.end(), fd);
  if (at != fds_.end() && *at == fd) fds_.erase(at);
}

void Held::close_all() {
  std::vector<int> fds;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    fds.swap(fds_);
  }
  for (const int fd : fds) close_or_adopt(fd);
}

void hold_in(Held* held) { holding = held; }

int64_t hand_out(Fd fd) {
  note_own(fd.get());
  if (holding != nullptr) holding->add(fd.get());
  return fd.release();
}

void note_own(int fd) {
  if (fd < 0) return;
  const auto number = static_cast<unsigned>(fd);
  Chunk* const chunk = find_or_make(number);
  if (!is_unknown(number, chunk)) word(*chunk, number).fetch_or(bit(number), std::memory_order_relaxed);
}

void disown(int fd) {
  if (fd < 0) return;
  if (holding != nullptr) holding->remove(fd);
  const auto number = static_cast<unsigned>(fd);
  Chunk* const chunk = find(number);
  if (chunk != nullptr && !is_unknown(number, chunk)) word(*chunk, number).fetch_and(~bit(number), std::memory_order_relaxed);
}

bool is_own(int fd) {
  if (fd < 0) return false;
  const auto number = static_cast<unsigned>(fd);
  Chunk* const chunk = find(number);
  if (chunk == nullptr) return false;
  return is_unknown(number, chunk) || (word(*chunk, number).load(std::memory_order_relaxed) & bit(number)) != 0;
}

}  // namespace tsrun
