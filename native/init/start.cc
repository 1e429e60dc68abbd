// The entry point. The kernel's initial stack holds argc, argv, 0, and the environment.
#include <linux/close_range.h>

#include "base/stack_guard.h"
#include "carry_out.h"
#include "files/procfs.h"
#include "undumpable.h"

#if defined(__x86_64__)
asm(".text\n.global _start\n_start:\n  xorl %ebp, %ebp\n  movq %rsp, %rdi\n  andq $-16, %rsp\n  call tsrun_init_main\n  ud2\n");
#elif defined(__aarch64__)
asm(".text\n.global _start\n_start:\n  mov x29, xzr\n  mov x30, xzr\n  mov x0, sp\n  bl tsrun_init_main\n  brk #1\n");
#endif

namespace tsrun::init {
namespace {

// The exit code if somebody executes this by hand.
constexpr int kUsage = 2;

int parse_descriptor(const char* text) {
  int number = 0;
  if (*text == '\0') return -1;
  for (; *text != '\0'; ++text) {
    if (*text < '0' || *text > '9' || number > 1 << 20) return -1;
    number = number * 10 + (*text - '0');
  }
  return number;
}

// The socket and the descriptors handed over above it came through an execve(2), so they are not close-on-exec yet. All others are opened
// close-on-exec.
void close_on_exec_from(int first) {
  if (sys::call(__NR_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
  // Before 5.11, set the flag on each. They are contiguous.
  constexpr int kSetFd = 2, kCloexec = 1;
  for (int fd = first; sys::call(__NR_fcntl, fd, kSetFd, kCloexec) == 0; ++fd) {
  }
}

// Never returns, so its frame serves as static memory, which would need constructors.
[[noreturn]] void begin(int socket) {
  State state;
  // No process in the namespaces that we enter may see the host's descriptors here (CVE-2016-9962).
  become_undumpable();
  close_on_exec_from(socket);
  state.reports.reset(socket);
  open_procfs(state);
  carry_out_plan(state);
}

}  // namespace
}  // namespace tsrun::init

extern "C" [[noreturn]] void tsrun_init_main(const long* stack) {
  using namespace tsrun::init;
  set_stack_guard(stack);
  const long count = stack[0];
  const auto* arguments = reinterpret_cast<const char* const*>(stack + 1);
  const int socket = count == 2 ? parse_descriptor(arguments[1]) : -1;
  if (socket < 3) sys::exit(kUsage);
  begin(socket);
}
