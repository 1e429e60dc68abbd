// hugepages N [SECONDS]: maps and touches N pages of 2 MiB, and holds them for so long; says which of both fails, and ends with 1.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int argc, char** argv) {
  const size_t size = (argc > 1 ? strtoul(argv[1], NULL, 10) : 1) << 21;
  char* pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
  if (pages == MAP_FAILED) {
    perror("mmap");
    return 1;
  }
  memset(pages, 1, size);
  puts("touched");
  fflush(stdout);
  if (argc > 2) sleep((unsigned)strtoul(argv[2], NULL, 10));
  return 0;
}
