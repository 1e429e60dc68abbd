/* Holds two locks of files in a directory, one of flock(2) and one of fcntl(2), and counts. `locks DIRECTORY try` prints for each of them whether another process holds it. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static int file(const char* directory, const char* name) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const int whole = file(argv[1], "flock"), part = file(argv[1], "fcntl");
  const int flocked = flock(whole, LOCK_EX | LOCK_NB);
  struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 20};
  const int ranged = fcntl(part, F_SETLK, &range);
  if (argc > 2 && strcmp(argv[2], "try") == 0) {
    printf("flock %s, fcntl %s\n", flocked == 0 ? "free" : "held", ranged == 0 ? "free" : "held");
    return 0;
  }
  if (flocked != 0 || ranged != 0) return 1;
  for (int i = 1;; i++) {
    printf("%d\n", i);
    fflush(stdout);
    usleep(50000);
  }
}
