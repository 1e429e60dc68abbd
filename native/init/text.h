// Text in a fixed place: what does not fit is refused and remembered.
#pragma once
#include <cstddef>
#include <cstdint>

#include "../plan_decode.h"

namespace tsrun::init {

using plan::Text;

// Defined in memory.cc; the compiler calls them by itself, too.
extern "C" {
void* memcpy(void* to, const void* from, size_t size);
void* memmove(void* to, const void* from, size_t size);
void* memset(void* at, int value, size_t size);
int memcmp(const void* a, const void* b, size_t size);
size_t strlen(const char* text);
}

inline Text text_of(const char* c_string) { return {c_string, static_cast<uint32_t>(strlen(c_string))}; }
inline bool equal(const Text& a, const Text& b) { return a.size == b.size && memcmp(a.data, b.data, a.size) == 0; }
inline bool starts_with(const Text& text, const Text& start) {
  return text.size >= start.size && memcmp(text.data, start.data, start.size) == 0;
}
// The index of the first such character, or the size.
inline uint32_t find(const Text& text, char character, uint32_t from = 0) {
  uint32_t i = from;
  while (i < text.size && text.data[i] != character) ++i;
  return i;
}

template <uint32_t N>
class Chars {
 public:
  Chars& clear() {
    size_ = 0;
    full_ = false;
    data_[0] = '\0';
    return *this;
  }
  // All of it, or nothing and full().
  Chars& add(const Text& text) {
    if (text.size >= N - size_) {
      full_ = true;
      return *this;
    }
    memcpy(data_ + size_, text.data, text.size);
    size_ += text.size;
    data_[size_] = '\0';
    return *this;
  }
  Chars& add(const char* text) { return add(text_of(text)); }
  // As much of it as fits.
  Chars& add_some(const Text& text) {
    const uint32_t room = N - 1 - size_;
    return add(Text{text.data, text.size < room ? text.size : room});
  }
  Chars& add_number(int64_t number) {
    char digits[21];
    uint32_t at = sizeof digits;
    uint64_t rest = number < 0 ? -static_cast<uint64_t>(number) : static_cast<uint64_t>(number);
    do {
      digits[--at] = static_cast<char>('0' + rest % 10);
      rest /= 10;
    } while (rest != 0);
    if (number < 0) digits[--at] = '-';
    return add(Text{digits + at, static_cast<uint32_t>(sizeof digits) - at});
  }
  Chars& shorten(uint32_t size) {
    size_ = size;
    data_[size] = '\0';
    return *this;
  }
  const char* c_str() const { return data_; }
  char* data() { return data_; }
  Text text() const { return {data_, size_}; }
  uint32_t size() const { return size_; }
  static constexpr uint32_t capacity() { return N - 1; }
  bool full() const { return full_; }

 private:
  uint32_t size_ = 0;
  bool full_ = false;
  // Not initialized beyond the first: a page is much to clear for a short path.
  char data_[N];

 public:
  Chars() { data_[0] = '\0'; }
};

// PATH_MAX of linux/limits.h.
using Path = Chars<4096>;

}  // namespace tsrun::init
