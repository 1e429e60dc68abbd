/* newest_call: prints the result of a system call that is newer than any profile: number 1000, which no architecture has yet. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
  errno = 0;
  syscall(1000);
  puts(errno == ENOSYS ? "ENOSYS" : errno == EPERM ? "EPERM" : "other");
  return 0;
}
