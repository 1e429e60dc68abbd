// attach SECONDS NAME FILE: tries to trace every other process of this pid namespace (ptrace(2), /proc/PID/mem, process_vm_readv(2)), those excepted that have executed
// the program NAME by then, until FILE exists or the time is over. Says how many processes it saw that had not, and how often it got at one.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { HIGHEST = 4096 };
static const char* program;
static char known[HIGHEST];
static int seen, tries;

// Its name changes with its credentials: what is traced afterwards is the program.
static int executed(pid_t pid) {
  char path[64], name[64] = "";
  snprintf(path, sizeof path, "/proc/%d/comm", pid);
  FILE* file = fopen(path, "re");
  if (file == NULL) return 1;
  const int read = fscanf(file, "%63s", name);
  fclose(file);
  return read != 1 || strcmp(name, program) == 0;
}

static void report(const char* way, pid_t pid) {
  if (!executed(pid)) printf("got %d by %s\n", pid, way);
}

static void look_at(pid_t pid) {
  char path[64], byte;
  if (executed(pid)) return;
  if (pid < HIGHEST && !known[pid]) known[pid] = 1, seen++;
  tries++;
  // With access, an address where there is nothing is EFAULT.
  const struct iovec here = {&byte, 1}, there = {(void*)1, 1};
  if (process_vm_readv(pid, &here, 1, &there, 1, 0) >= 0 || errno == EFAULT) report("process_vm_readv", pid);
  snprintf(path, sizeof path, "/proc/%d/mem", pid);
  const int memory = open(path, O_RDWR | O_CLOEXEC);
  if (memory >= 0) report("mem", pid), close(memory);
  if (ptrace(PTRACE_SEIZE, pid, 0, 0) == 0) {
    report("ptrace", pid);
    // It has to stop to be let go.
    ptrace(PTRACE_INTERRUPT, pid, 0, 0);
    waitpid(pid, NULL, __WALL);
    ptrace(PTRACE_DETACH, pid, 0, 0);
  }
}

int main(int argc, char** argv) {
  if (argc != 4) return 64;
  const time_t end = time(NULL) + atoi(argv[1]);
  program = argv[2];
  setvbuf(stdout, NULL, _IOLBF, 0);
  printf("ready\n");
  while (time(NULL) < end && access(argv[3], F_OK) != 0) {
    DIR* proc = opendir("/proc");
    for (struct dirent* entry; (entry = readdir(proc)) != NULL;) {
      const pid_t pid = atoi(entry->d_name);
      if (pid > 0 && pid != getpid()) look_at(pid);
    }
    closedir(proc);
  }
  printf("saw %d\n", seen);
  return tries == 0;
}
