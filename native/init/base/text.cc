#include "text.h"

namespace tsrun::init {

Buffer& Buffer::clear() {
  full_ = false;
  return resize(0);
}

Buffer& Buffer::add(const Text& text) {
  if (text.size >= arena_ - size_) {
    full_ = true;
    return *this;
  }
  memcpy(data_ + size_, text.data, text.size);
  return resize(size_ + text.size);
}

Buffer& Buffer::add_some(const Text& text) {
  const uint32_t room = arena_ - 1 - size_;
  return add(Text{text.data, text.size < room ? text.size : room});
}

Buffer& Buffer::add_number(int64_t number) {
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

Buffer& Buffer::resize(uint32_t size) {
  size_ = size;
  data_[size] = '\0';
  return *this;
}

}  // namespace tsrun::init
