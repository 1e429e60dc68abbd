// Calls getppid with the first argument, an unsigned 64-bit integer, in the register of the first parameter. getppid has no parameter, but
// the kernel passes the register to seccomp filters. Writes the errno, or 0.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const long result = syscall(SYS_getppid, strtoull(argv[1], NULL, 10));
  printf("%d\n", result < 0 ? errno : 0);
  return 0;
}
