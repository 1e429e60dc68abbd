#include "utf8.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tsrun {
namespace {

// A row of table 3-7 of the Unicode standard ("Well-Formed UTF-8 Byte Sequences"), chosen by the first byte: the number of bytes that
// follow, and the bounds of the second byte. All further bytes lie between 0x80 and 0xbf.
struct Row {
  uint8_t following;
  uint8_t second_min;
  uint8_t second_max;
};

constexpr Row row_of(uint8_t first) {
  if (first >= 0xc2 && first <= 0xdf) return {1, 0x80, 0xbf};
  if (first == 0xe0) return {2, 0xa0, 0xbf};
  if (first == 0xed) return {2, 0x80, 0x9f};
  if (first >= 0xe1 && first <= 0xef) return {2, 0x80, 0xbf};
  if (first == 0xf0) return {3, 0x90, 0xbf};
  if (first >= 0xf1 && first <= 0xf3) return {3, 0x80, 0xbf};
  if (first == 0xf4) return {3, 0x80, 0x8f};
  return {0, 0, 0};
}

}  // namespace

bool is_utf8(std::string_view text) {
  const auto* at = reinterpret_cast<const uint8_t*>(text.data());
  const auto* const end = at + text.size();
  while (at < end) {
    // Almost every config.json is ASCII, so check eight bytes at a time.
    uint64_t eight;
    while (end - at >= 8 && (std::memcpy(&eight, at, 8), (eight & 0x8080808080808080) == 0)) at += 8;
    if (at == end) return true;
    if (*at < 0x80) {
      ++at;
      continue;
    }
    const Row row = row_of(*at);
    if (row.following == 0 || end - at <= row.following) return false;
    if (at[1] < row.second_min || at[1] > row.second_max) return false;
    for (size_t i = 2; i <= row.following; ++i) {
      if ((at[i] & 0xc0) != 0x80) return false;
    }
    at += row.following + 1;
  }
  return true;
}

}  // namespace tsrun
