// What libstdc++ has in its library, not in its headers, of what is used: memory, and the ends of a program in which something is
// impossible.
#include <pthread.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>

namespace {

std::new_handler handler = nullptr;

void* allocate(std::size_t size) {
  for (;;) {
    if (void* const memory = malloc(size == 0 ? 1 : size)) return memory;
    if (handler == nullptr) return nullptr;
    handler();
  }
}

[[noreturn]] void end(const char* why) {
  fprintf(stderr, "%s\n", why);
  abort();
}

}  // namespace

namespace std {

const nothrow_t nothrow{};
new_handler set_new_handler(new_handler next) noexcept {
  const new_handler before = handler;
  handler = next;
  return before;
}

[[noreturn]] void __throw_length_error(const char* what) { end(what); }
[[noreturn]] void __throw_logic_error(const char* what) { end(what); }
[[noreturn]] void __throw_out_of_range_fmt(const char* what, ...) { end(what); }
[[noreturn]] void __throw_bad_function_call() { end("std::function: empty"); }
[[noreturn]] void __throw_bad_alloc() { end("std::bad_alloc"); }
[[noreturn]] void __throw_bad_array_new_length() { end("std::bad_array_new_length"); }
[[noreturn]] void __throw_system_error(int) { end("std::system_error"); }

}  // namespace std

void* operator new(std::size_t size) {
  if (void* const memory = allocate(size)) return memory;
  std::__throw_bad_alloc();
}
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void operator delete(void* memory) noexcept { free(memory); }
void operator delete[](void* memory) noexcept { free(memory); }
void operator delete(void* memory, std::size_t) noexcept { free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { free(memory); }

// Static variables of functions, as the Itanium C++ ABI has them: the first byte says that there is a value, the second that it is being
// made.
namespace {
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

void finish(uint8_t* guard, bool made) {
  pthread_mutex_lock(&mutex);
  __atomic_store_n(&guard[0], made, __ATOMIC_RELEASE);
  guard[1] = 0;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&mutex);
}
}  // namespace

extern "C" int __cxa_guard_acquire(uint8_t* guard) {
  pthread_mutex_lock(&mutex);
  while (guard[0] == 0 && guard[1] != 0) pthread_cond_wait(&changed, &mutex);
  const bool ours = guard[0] == 0;
  if (ours) guard[1] = 1;
  pthread_mutex_unlock(&mutex);
  return ours;
}
extern "C" void __cxa_guard_release(uint8_t* guard) { finish(guard, true); }
extern "C" void __cxa_guard_abort(uint8_t* guard) { finish(guard, false); }

extern "C" void __cxa_pure_virtual() { end("a pure virtual function was called"); }
