#include "in_passing.h"

#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>

#include "../raw.h"
#include "child.h"

namespace tsrun {
namespace {

struct Order {
  PassingCall call;
  // Written only when the call is done: a process that is killed before has done nothing.
  long result;
};

long retried(long number, long a, long b, long c, long d) {
  constexpr long kInterrupted = -EINTR;
  long result = kInterrupted;
  while (result == kInterrupted) result = raw::call(number, a, b, c, d);
  return result;
}

int make_pair(void* argument) {
  Order& order = *static_cast<Order*>(argument);
  order.result = retried(SYS_socketpair, AF_UNIX, order.call.arguments[0], 0, order.call.arguments[1]);
  return 0;
}

int make_call(void* argument) {
  Order& order = *static_cast<Order*>(argument);
  const auto& [number, socket, arguments, directory, word] = order.call;
  constexpr long kLast = 0xffffffff;
  long result = directory < 0 ? 0 : raw::call(SYS_fchdir, directory);
  if (result >= 0) result = raw::call(SYS_close_range, socket + 1L, kLast, 0);
  if (result >= 0 && socket > 0) result = raw::call(SYS_close_range, 0, socket - 1L, 0);
  if (result >= 0) result = retried(number, socket, arguments[0], arguments[1], 0);
  // There is nobody whom SIGPIPE could end: every signal is blocked here.
  if (result >= 0 && word != nullptr) result = retried(SYS_write, socket, raw::address(word), sizeof *word, 0);
  order.result = result;
  return 0;
}

long pass(int (*body)(void*), uint64_t flags, const PassingCall& call) {
  Order order = {call, -ECANCELED};
  const ChildStack stack;
  Birth birth;
  birth.flags = flags;
  Child child;
  if (!clone_child(birth, stack, body, &order, child)) return kNoProcess;
  reap_brief_child(child.pidfd.get());
  if (order.result >= 0) return order.result;
  errno = static_cast<int>(-order.result);
  return -1;
}

}  // namespace

long socket_pair_in_passing(int type, int (&fds)[2]) {
  return pass(make_pair, CLONE_FILES, {SYS_socketpair, -1, {type, raw::address(fds)}, -1});
}

long in_passing(const PassingCall& call) { return pass(make_call, 0, call); }

}  // namespace tsrun
