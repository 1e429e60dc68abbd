// Functions that the compiler calls even in a freestanding program. The empty asm statements keep it from replacing a loop with a call of
// the very function that the loop implements.
#include <cstddef>

extern "C" {

void* memcpy(void* to, const void* from, size_t size) {
  auto* d = static_cast<unsigned char*>(to);
  const auto* s = static_cast<const unsigned char*>(from);
  for (size_t i = 0; i < size; ++i) {
    d[i] = s[i];
    asm volatile("" : : : "memory");
  }
  return to;
}

void* memmove(void* to, const void* from, size_t size) {
  auto* d = static_cast<unsigned char*>(to);
  const auto* s = static_cast<const unsigned char*>(from);
  if (d <= s) return memcpy(to, from, size);
  for (size_t i = size; i-- > 0;) {
    d[i] = s[i];
    asm volatile("" : : : "memory");
  }
  return to;
}

void* memset(void* at, int value, size_t size) {
  auto* d = static_cast<unsigned char*>(at);
  for (size_t i = 0; i < size; ++i) {
    d[i] = static_cast<unsigned char>(value);
    asm volatile("" : : : "memory");
  }
  return at;
}

int memcmp(const void* a, const void* b, size_t size) {
  const auto* x = static_cast<const unsigned char*>(a);
  const auto* y = static_cast<const unsigned char*>(b);
  for (size_t i = 0; i < size; ++i) {
    if (x[i] != y[i]) return x[i] < y[i] ? -1 : 1;
  }
  return 0;
}

size_t strlen(const char* text) {
  size_t size = 0;
  while (text[size] != '\0') {
    ++size;
    asm volatile("" : : : "memory");
  }
  return size;
}

}  // extern "C"
