/*
 * The stopwatch: runs commands one after the other and prints how long each took. Node.js is not used for this, because its own spawning
 * takes milliseconds and varies.
 *
 *   runner [--root DIRECTORY SHARED] [--env NAME=VALUE]...
 *
 * A request is a line of tab-separated fields: a file for the output, then the command's program (an absolute path) and arguments. The
 * answer is the nanoseconds from before the spawn to after the wait, the peak resident set in KiB, and the exit status (128 + N if signal N
 * killed it). The request `reap` waits until no child is left, `collect` reaps children that have ended, `directory DIRECTORY` changes the
 * working directory of later commands; these answer zeroes. --env PATH=... replaces the default.
 *
 * With --root, the runner first moves into that directory by pivot_root(2) in its own mount namespace, with the host's /proc, /sys and
 * /dev, and the SHARED directory at its own path. So a runtime that needs newer libraries than the host's is measured without the cost of
 * entering the directory. (Runtimes cannot work under chroot(2), which makes their own pivot_root fail.)
 *
 * Containers whose creator has exited become children of the runner (PR_SET_CHILD_SUBREAPER), as they become children of an engine. When
 * the requests end, for whatever reason, the runner kills the remaining ones.
 *
 * It must stay small: the ru_maxrss of a vfork(2)ed child includes the memory that it shared with its parent before execve(2) (exec_mmap()
 * in the kernel's fs/exec.c), so no answer can be lower than the runner's own size. Link it statically.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { kMostFields = 256, kMostVariables = 8 };

static void must(int result, const char* what) {
  if (result >= 0) return;
  fprintf(stderr, "runner: %s: %s\n", what, strerror(errno));
  exit(125);
}

static void bind_below(const char* root, const char* path) {
  char target[4096];
  snprintf(target, sizeof target, "%s%s", root, path);
  must(mount(path, target, NULL, MS_BIND | MS_REC, NULL), target);
}

static void make_directories(const char* root, const char* path) {
  char target[4096];
  const size_t start = (size_t)snprintf(target, sizeof target, "%s%s", root, path) - strlen(path);
  for (char* slash = strchr(target + start + 1, '/');; slash = strchr(slash + 1, '/')) {
    if (slash) *slash = 0;
    if (mkdir(target, 0755) < 0 && errno != EEXIST) must(-1, target);
    if (!slash) return;
    *slash = '/';
  }
}

static void move_into(const char* root, const char* shared) {
  must(unshare(CLONE_NEWNS), "unshare");
  must(mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL), "make mounts private");
  must(mount(root, root, NULL, MS_BIND | MS_REC, NULL), root);
  bind_below(root, "/proc");
  bind_below(root, "/sys");
  bind_below(root, "/dev");
  char tmp[4096];
  snprintf(tmp, sizeof tmp, "%s/tmp", root);
  must(mount("tmpfs", tmp, "tmpfs", 0, NULL), tmp);
  make_directories(root, shared);
  bind_below(root, shared);
  must(chdir(root), root);
  must((int)syscall(SYS_pivot_root, ".", "."), "pivot_root");
  must(umount2(".", MNT_DETACH), "umount2");
  must(chdir("/"), "chdir");
}

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static void run(char** fields, char** environment) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, fields[0], O_WRONLY | O_CREAT | O_TRUNC, 0644);
  posix_spawn_file_actions_adddup2(&files, 1, 2);
  // The runner ignores these, and ignored signals stay ignored through execve(2).
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t pid;
  int status;
  struct rusage usage = {0};
  const long long start = now();
  const int failure = posix_spawn(&pid, fields[1], &files, &attributes, fields + 1, environment);
  if (!failure) wait4(pid, &status, 0, &usage);
  const long long end = now();
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  printf("%lld %ld %d\n", end - start, usage.ru_maxrss, failure ? 127 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static void take_statuses(int options) {
  while (waitpid(-1, NULL, options) > 0) continue;
}

static void kill_children(void) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
  FILE* children = fopen(path, "re");
  if (!children) return;
  for (int pid; fscanf(children, "%d", &pid) == 1;) kill(pid, SIGKILL);
  fclose(children);
}

int main(int argc, char** argv) {
  static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  char* environment[kMostVariables + 2] = {path};
  int variables = 1;
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "--root") && i + 2 < argc) {
      move_into(argv[i + 1], argv[i + 2]);
      i += 2;
    } else if (!strcmp(argv[i], "--env") && i + 1 < argc && variables <= kMostVariables) {
      char* variable = argv[++i];
      if (!strncmp(variable, "PATH=", 5))
        environment[0] = variable;
      else
        environment[variables++] = variable;
    } else {
      fprintf(stderr, "usage: runner [--root DIRECTORY SHARED] [--env NAME=VALUE]...\n");
      return 2;
    }
  }
  // The requester may be gone when the answer is ready; the children must be killed nevertheless.
  signal(SIGPIPE, SIG_IGN);
  must(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl");
  static char line[65536];
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    char* fields[kMostFields + 1] = {0};
    int count = 0;
    for (char *rest = line, *field; (field = strsep(&rest, "\t")) && count < kMostFields;) fields[count++] = field;
    if (count == 1 && !strcmp(fields[0], "reap")) {
      take_statuses(0);
      printf("0 0 0\n");
    } else if (count == 1 && !strcmp(fields[0], "collect")) {
      take_statuses(WNOHANG);
      printf("0 0 0\n");
    } else if (count == 2 && !strcmp(fields[0], "directory")) {
      must(chdir(fields[1]), fields[1]);
      printf("0 0 0\n");
    } else if (count >= 2) {
      run(fields, environment);
    } else {
      fprintf(stderr, "runner: a request needs an output file and a program\n");
      return 2;
    }
    fflush(stdout);
  }
  // Killed processes may leave children behind, which then become ours.
  do kill_children();
  while (waitpid(-1, NULL, 0) > 0);
  return 0;
}
