/*
 * swap ONE OTHER: exchanges the two names repeatedly until it is killed, to race with the resolution of a path.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  while (renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE) == 0) {
  }
  perror(argv[1]);
  return 1;
}
