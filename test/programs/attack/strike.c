/*
 * strike SIGNAL SECONDS: sends the signal once to every tsrun-init that appears in this pid namespace. Prints their number, and the union
 * of their permitted capabilities. A tsrun-init may execute its program between the look and the signal: the program is not what a SIGSTOP
 * was meant for, so it is continued, also after the last signal: with SIGSTOP, strike runs until it is killed.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int is_init(int pid) {
  char path[64], text[32] = {0};
  snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
  int file = open(path, O_RDONLY);
  if (file < 0) return 0;
  ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  return count > 0 && strcmp(text, "tsrun-init") == 0;
}

static unsigned long long permitted(int pid) {
  char path[64], line[256];
  unsigned long long mask = 0;
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  FILE* file = fopen(path, "r");
  while (file && fgets(line, sizeof line, file)) sscanf(line, "CapPrm: %llx", &mask);
  if (file) fclose(file);
  return mask;
}

/* Continues the processes that were stopped as programs. A tsrun-init stays stopped. */
static void continue_programs(const int* stopped, int count) {
  for (int i = 0; i < count; i++)
    if (!is_init(stopped[i])) kill(stopped[i], SIGCONT);
}

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  int signal = atoi(argv[1]), struck = 0, last = 0, stopped[256], stops = 0;
  unsigned long long seen = 0;
  time_t end = time(NULL) + atoi(argv[2]);
  printf("ready\n");
  fflush(stdout);
  while (time(NULL) < end) {
    DIR* proc = opendir("/proc");
    for (struct dirent* entry; (entry = readdir(proc));) {
      int pid = atoi(entry->d_name);
      if (pid <= 1 || pid == last || pid == getpid()) continue;
      unsigned long long mask = permitted(pid);
      if (!is_init(pid) || kill(pid, signal) != 0) continue;
      seen |= mask;
      last = pid;
      struck++;
      if (signal == SIGSTOP && stops < 256) stopped[stops++] = pid;
    }
    closedir(proc);
    continue_programs(stopped, stops);
  }
  printf("permitted %llx struck %d\n", seen, struck);
  fflush(stdout);
  while (stops > 0) {
    usleep(1000);
    continue_programs(stopped, stops);
  }
  return 0;
}
