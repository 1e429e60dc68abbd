#include "sealed_overlay.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

#include <csignal>

#include "../kernel.h"
#include "../raw.h"
#include "child.h"

namespace tsrun {
namespace {

// From linux/mount.h, which cannot be included together with sys/mount.h.
constexpr long kFsopenCloexec = 1, kFsmountCloexec = 1, kMoveEmptyPath = 4;
constexpr long kConfigString = 1, kConfigCreate = 6;
constexpr long kReadOnly = 1, kNoSuid = 2, kNoDevices = 4;

struct Orders {
  const unsigned char* content;
  size_t size;
  // The child shares our descriptor table, so these are our descriptors, too.
  int program = -1;
  const char* failed_call = nullptr;
  int error = 0;
};

int give_up(Orders& orders, const char* call, long result) {
  orders.failed_call = call;
  orders.error = static_cast<int>(-result);
  return 1;
}

void close_raw(long fd) { raw::call(SYS_close, fd); }

long make_filesystem(const char* type, const char* lowers, long attributes) {
  const long context = raw::call(SYS_fsopen, raw::address(type), kFsopenCloexec);
  if (context < 0) return context;
  long result = 0;
  if (lowers != nullptr) result = raw::call(SYS_fsconfig, context, kConfigString, raw::address("lowerdir"), raw::address(lowers));
  if (result == 0) result = raw::call(SYS_fsconfig, context, kConfigCreate);
  if (result == 0) result = raw::call(SYS_fsmount, context, kFsmountCloexec, attributes);
  close_raw(context);
  return result;
}

long write_program(const Orders& orders, long directory) {
  const long file = raw::call(SYS_openat, directory, raw::address("program/tsrun-init"), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0500);
  if (file < 0) return file;
  // As in sealed_init.cc: execve(2) makes a process undumpable if it cannot read the program.
  long result = raw::call(SYS_fchmod, file, 0111);
  for (size_t written = 0; result >= 0 && written < orders.size;) {
    result = raw::call(SYS_write, file, raw::address(orders.content + written), static_cast<long>(orders.size - written));
    if (result > 0) written += static_cast<size_t>(result);
  }
  close_raw(file);
  return result < 0 ? result : 0;
}

int carry_out(Orders& orders, long lower) {
  long result = raw::call(SYS_mkdirat, lower, raw::address("program"), 0700);
  // Without an upper layer, an overlay needs two lower ones.
  if (result == 0) result = raw::call(SYS_mkdirat, lower, raw::address("empty"), 0700);
  if (result < 0) return give_up(orders, "mkdirat", result);
  result = write_program(orders, lower);
  if (result < 0) return give_up(orders, "write", result);
  // Before 6.15 a layer must be on a mount of our namespace (clone_private_mount() in fs/namespace.c). The path disappears with the
  // namespace when this process ends.
  result = raw::call(SYS_move_mount, lower, raw::address(""), AT_FDCWD, raw::address("/"), kMoveEmptyPath);
  if (result < 0) return give_up(orders, "move_mount", result);
  result = raw::call(SYS_fchdir, lower);
  if (result < 0) return give_up(orders, "fchdir", result);
  const long overlay = make_filesystem("overlay", "program:empty", kReadOnly | kNoSuid | kNoDevices);
  if (overlay < 0) return give_up(orders, "mount overlay", overlay);
  const long program = raw::call(SYS_openat, overlay, raw::address("tsrun-init"), O_PATH | O_NOFOLLOW | O_CLOEXEC);
  const long writable = raw::call(SYS_openat, overlay, raw::address("tsrun-init"), O_WRONLY | O_CLOEXEC);
  close_raw(overlay);
  if (writable >= 0) close_raw(writable);
  if (program < 0) return give_up(orders, "openat", program);
  orders.program = static_cast<int>(program);
  return writable == -EROFS ? 0 : give_up(orders, "openat", -EPERM);
}

int build(void* argument) {
  Orders& orders = *static_cast<Orders*>(argument);
  long result = raw::call(SYS_mount, 0, raw::address("/"), 0, MS_REC | MS_SLAVE);
  if (result < 0) return give_up(orders, "mount", result);
  const long lower = make_filesystem("tmpfs", nullptr, kNoSuid | kNoDevices);
  if (lower < 0) return give_up(orders, "mount tmpfs", lower);
  const int ended = carry_out(orders, lower);
  close_raw(lower);
  return ended;
}

}  // namespace

Outcome sealed_overlay(const unsigned char* content, size_t size, Fd& into) {
  constexpr char kSubject[] = "tsrun-init (vm.memfd_noexec is 2)";
  Orders orders = {content, size};
  const ChildStack stack;
  Birth birth;
  birth.flags = CLONE_VFORK | CLONE_NEWNS | CLONE_FILES;
  birth.exit_signal = 0;
  Child child;
  if (!clone_child(birth, stack, build, &orders, child)) return failed("clone3", kSubject);
  reap_child(child.pidfd.get());
  Fd program(orders.program);
  if (orders.failed_call != nullptr) return Failure{orders.error, orders.failed_call, kSubject};
  into = std::move(program);
  return done();
}

}  // namespace tsrun
