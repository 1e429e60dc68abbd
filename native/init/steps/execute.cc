#include <linux/close_range.h>

#include "../interpreter.h"
#include "../steps.h"

namespace tsrun::init::steps {
namespace {

uint32_t count_of(const Text& list) {
  plan::Entries entries(list);
  uint32_t count = 0;
  for (Text entry; entries.next(entry);) ++count;
  return count;
}

const char** fill(const char** at, const Text& list) {
  plan::Entries entries(list);
  for (Text entry; entries.next(entry);) *at++ = entry.data;
  return at;
}

Result cannot_execute(State& state, long result) {
  const Text path = state.executable.text();
  if (result != -ENOENT) return failed(state, Step::kExec, result, path);
  // The file was there: it is what it needs that is missing.
  Path interpreter;
  const Result missing = check_interpreter(state, path.data, interpreter);
  return missing.failed() ? missing : failed(state, Step::kExec, result, path);
}

}  // namespace

Result execute(State& state, const Operation& o) {
  const int64_t first_closed = o.numbers[0];
  const uint32_t arguments = count_of(o.texts[0]);
  const uint32_t environment = count_of(o.texts[1]);
  constexpr int kReadWrite = 3, kPrivateAnonymous = 0x2 | 0x20;
  const size_t size = (arguments + environment + 3) * sizeof(char*);
  const long memory = sys::call(__NR_mmap, nullptr, size, kReadWrite, kPrivateAnonymous, -1, 0);
  if (memory < 0 && memory > -4096) return failed(state, Step::kExec, memory);
  // The memory is zero: both lists end with a null.
  auto** const argv = reinterpret_cast<const char**>(memory);
  const char** const envp = fill(argv, o.texts[0]) + 1;
  const char** const end = fill(envp, o.texts[1]);
  if (state.home.size() > 0) *end = state.home.c_str();

  // Everything above the preserved descriptors is close-on-exec since it was opened, or since the start: this makes sure, and may fail for an old kernel
  // or the user's seccomp filter.
  sys::call(__NR_close_range, first_closed, ~0U, CLOSE_RANGE_CLOEXEC);
  return cannot_execute(state, sys::call(__NR_execve, state.executable.c_str(), argv, envp));
}

}  // namespace tsrun::init::steps
