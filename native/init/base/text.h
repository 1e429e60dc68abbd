// Text in a buffer of fixed size. Text that does not fit is rejected, and full() reports it.
#pragma once
#include <cstddef>
#include <cstdint>

#include "../../plan_decode.h"

namespace tsrun::init {

using plan::Text;

// Defined in memory.cc; the compiler also inserts calls of them.
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
// Returns the index of the first such character, or the size.
inline uint32_t find(const Text& text, char character, uint32_t from = 0) {
  uint32_t i = from;
  while (i < text.size && text.data[i] != character) ++i;
  return i;
}

// Its methods are compiled once for all sizes: see Chars.
class Buffer {
 public:
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  Buffer& clear();
  // Adds all of it, or nothing and sets full().
  Buffer& add(const Text& text);
  Buffer& add(const char* text) { return add(text_of(text)); }
  // Adds as much as fits.
  Buffer& add_some(const Text& text);
  Buffer& add_number(int64_t number);
  // Sets a smaller size, or the size of what was written to data().
  Buffer& resize(uint32_t size);
  const char* c_str() const { return data_; }
  char* data() { return data_; }
  Text text() const { return {data_, size_}; }
  uint32_t size() const { return size_; }
  bool full() const { return full_; }

 protected:
  Buffer(char* data, uint32_t room) : data_(data), arena_(room) { data_[0] = '\0'; }

 private:
  char* const data_;
  // Includes the NUL at the end.
  const uint32_t arena_;
  uint32_t size_ = 0;
  bool full_ = false;
};

// Holds N - 1 characters and a NUL. Not cleared first: that would touch a whole page for a short path.
template <uint32_t N>
class Chars : public Buffer {
 public:
  Chars() : Buffer(bytes_, N) {}
  static constexpr uint32_t capacity() { return N - 1; }

 private:
  char bytes_[N];
};

// PATH_MAX of linux/limits.h.
using Path = Chars<4096>;

}  // namespace tsrun::init
