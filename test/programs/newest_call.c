/*
 * newest_call [NUMBER]: prints the result of a system call that is newer than any profile: number 1000, which no architecture has yet. Or that
 * of another one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char** argv) {
  errno = 0;
  syscall(argc > 1 ? strtol(argv[1], NULL, 0) : 1000);
  puts(errno == ENOSYS ? "ENOSYS" : errno == EPERM ? "EPERM" : "other");
  return 0;
}
