// pidfd_getfd_call: prints the result of pidfd_getfd(2), a call of Linux 5.6 with number 438 on every architecture.
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
  errno = 0;
  syscall(SYS_pidfd_getfd, -1, -1, 0);
  puts(errno == ENOSYS ? "ENOSYS" : errno == EPERM ? "EPERM" : "other");
  return 0;
}
