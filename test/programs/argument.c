// Calls getppid with the first argument, an unsigned integer of 64 bits, in the register of its first parameter, which it does not have: the kernel gives it to
// seccomp filters all the same. Writes the errno, or 0.
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
