// probe PATH...: prints what a process sees of itself and its container, as one JSON object. For each PATH it prints the type, and the
// errors of opening it for reading and for writing.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <termios.h>
#include <unistd.h>

extern char** environ;
static int first = 1;

static void text(const char* value) {
  putchar('"');
  for (const unsigned char* at = (const unsigned char*)value; *at != 0; at++) {
    if (*at == '"' || *at == '\\')
      printf("\\%c", *at);
    else if (*at < 0x20 || *at >= 0x7f)
      printf("\\u%04x", *at);
    else
      putchar(*at);
  }
  putchar('"');
}

static void name(const char* key) {
  if (!first) printf(",\n");
  first = 0;
  text(key);
  putchar(':');
}

static void number(const char* key, long value) {
  name(key);
  printf("%ld", value);
}

// A file of /proc as an array of its lines; if some begin with one of `wanted`, only those.
static void lines(const char* key, const char* path, const char* const* wanted) {
  char line[65536];
  int count = 0;
  name(key);
  putchar('[');
  FILE* file = fopen(path, "re");
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    line[strcspn(line, "\n")] = 0;
    int is_wanted = wanted == NULL;
    for (int i = 0; !is_wanted && wanted[i] != NULL; i++) is_wanted = strncmp(line, wanted[i], strlen(wanted[i])) == 0;
    if (!is_wanted) continue;
    if (count++ > 0) putchar(',');
    text(line);
  }
  if (file != NULL) fclose(file);
  putchar(']');
}

static void link_of(const char* key, const char* path) {
  char target[4096];
  const ssize_t size = readlink(path, target, sizeof target - 1);
  target[size < 0 ? 0 : size] = 0;
  name(key);
  text(target);
}

static void words(const char* key, char* const* values) {
  name(key);
  putchar('[');
  for (int i = 0; values[i] != NULL; i++) {
    if (i > 0) putchar(',');
    text(values[i]);
  }
  putchar(']');
}

static void limits(void) {
  name("limits");
  putchar('[');
  for (int i = 0; i < RLIM_NLIMITS; i++) {
    struct rlimit limit = {0, 0};
    getrlimit(i, &limit);
    printf("%s\"%d: %llu %llu\"", i == 0 ? "" : ",", i, (unsigned long long)limit.rlim_cur, (unsigned long long)limit.rlim_max);
  }
  putchar(']');
}

static int opens(const char* path, int flags) {
  const int fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return errno;
  close(fd);
  return 0;
}

static int entries(const char* path) {
  int count = 0;
  DIR* directory = opendir(path);
  if (directory == NULL) return -1;
  while (readdir(directory) != NULL) count++;
  closedir(directory);
  return count;
}

static void about(const char* path) {
  struct stat s;
  char target[4096] = "";
  if (lstat(path, &s) < 0) {
    printf("\"absent: %d\"", errno);
    return;
  }
  if (S_ISLNK(s.st_mode)) {
    const ssize_t size = readlink(path, target, sizeof target - 1);
    target[size < 0 ? 0 : size] = 0;
  }
  char what[8192];
  snprintf(what, sizeof what, "mode %o owner %d:%d device %u:%u %s", s.st_mode, (int)s.st_uid, (int)s.st_gid, major(s.st_rdev),
           minor(s.st_rdev), target);
  text(what);
}

// The entries of a directory, sorted.
static void listing(const char* key, const char* path) {
  struct dirent** found = NULL;
  const int count = scandir(path, &found, NULL, alphasort);
  name(key);
  putchar('{');
  int shown = 0;
  for (int i = 0; i < count; i++) {
    char whole[4096];
    if (strcmp(found[i]->d_name, ".") == 0 || strcmp(found[i]->d_name, "..") == 0) continue;
    snprintf(whole, sizeof whole, "%s/%s", path, found[i]->d_name);
    if (shown++ > 0) putchar(',');
    text(found[i]->d_name);
    putchar(':');
    about(whole);
  }
  putchar('}');
}

// Descriptors by their kind. The standard streams depend on the runtime's caller.
static void descriptors(void) {
  name("descriptors");
  putchar('[');
  for (int fd = 0, shown = 0; fd < 256; fd++) {
    struct stat s;
    if (fstat(fd, &s) == 0) printf("%s\"%d: %o\"", shown++ > 0 ? "," : "", fd, fd <= 2 ? 0 : s.st_mode & S_IFMT);
  }
  putchar(']');
}

// Field 19 of proc(5)'s stat, because a filter may reject getpriority(2).
static long niceness(void) {
  char line[4096] = "";
  long value = -100;
  FILE* file = fopen("/proc/self/stat", "re");
  if (file == NULL) return value;
  if (fgets(line, sizeof line, file) != NULL && strrchr(line, ')') != NULL)
    sscanf(strrchr(line, ')') + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %ld", &value);
  fclose(file);
  return value;
}

// Calls that a filter may reject, with arguments that change nothing.
static void calls(void) {
  const struct {
    const char* name;
    long number, first, second;
  } tried[] = {
      {"mkdir", SYS_mkdirat, AT_FDCWD, (long)"/none/such"},
      {"unshare", SYS_unshare, 0, 0},
      {"keyctl", SYS_keyctl, 9999, 0},
      {"personality", SYS_personality, 0xffffffff, 0},
      {"sched_yield", SYS_sched_yield, 0, 0},
      {"getpriority", SYS_getpriority, 0, 0},
      {"sethostname", SYS_sethostname, 0, -1},
      {"ptrace", SYS_ptrace, 9999, 0},
      {"add_key", SYS_add_key, 0, 0},
      {"chroot", SYS_chroot, (long)"/none", 0},
      {"none", 9999, 0, 0},
  };
  name("calls");
  putchar('{');
  for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
    errno = 0;
    const long answer = syscall(tried[i].number, tried[i].first, tried[i].second, 0, 0, 0);
    printf("%s\"%s\":\"%s %d\"", i == 0 ? "" : ",", tried[i].name, answer < 0 ? "fails" : "succeeds", errno);
  }
  putchar('}');
}

static void keyring(void) {
  char description[4096] = "";
  const long size = syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_SESSION_KEYRING, description, sizeof description - 1);
  name("keyring");
  text(size < 0 ? "none" : description);
}

// The program's terminal: size, modes, owner, and whether it controls the session.
static void terminal(void) {
  struct winsize size = {0};
  struct termios modes = {0};
  struct stat s = {0};
  number("terminal", isatty(0));
  if (!isatty(0)) return;
  ioctl(0, TIOCGWINSZ, &size);
  tcgetattr(0, &modes);
  fstat(0, &s);
  name("terminal size");
  printf("\"%ux%u\"", size.ws_row, size.ws_col);
  name("terminal modes");
  printf("\"%x %x %x %x\"", modes.c_iflag, modes.c_oflag, modes.c_cflag, modes.c_lflag);
  name("terminal owner");
  printf("\"%d:%d mode %o\"", (int)s.st_uid, (int)s.st_gid, s.st_mode);
  name("terminal session");
  printf("\"foreground %d session %d controlling %d\"", tcgetpgrp(0) == getpgrp(), tcgetsid(0) == getsid(0), opens("/dev/tty", O_RDWR));
}

// Runtime, deadline and period of SCHED_DEADLINE (struct sched_attr of sched_setattr(2)).
static void deadline(void) {
  struct {
    unsigned size, policy;
    unsigned long long flags;
    int nice;
    unsigned priority;
    unsigned long long runtime, deadline, period;
  } attributes = {0};
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0 || attributes.policy != 6) return;
  name("deadline");
  printf("\"%llu %llu %llu\"", attributes.runtime, attributes.deadline, attributes.period);
}

int main(int argc, char** argv) {
  static const char* const of_status[] = {"Uid:",    "Gid:",    "Groups:", "Umask:",  "Cap",    "NoNewPrivs:", "Seccomp",
                                          "SigBlk:", "SigIgn:", "SigPnd:", "ShdPnd:", "NSpid:", NULL};
  char place[4096] = "";
  struct utsname uts;
  putchar('{');
  lines("status", "/proc/self/status", of_status);
  limits();
  words("environment", environ);
  words("arguments", argv);
  name("directory");
  text(getcwd(place, sizeof place) == NULL ? "none" : place);
  lines("mounts", "/proc/self/mountinfo", NULL);
  listing("dev", "/dev");
  listing("root", "/");
  descriptors();
  calls();
  keyring();
  lines("oom", "/proc/self/oom_score_adj", NULL);
  lines("cgroup", "/proc/self/cgroup", NULL);
  lines("uid_map", "/proc/self/uid_map", NULL);
  lines("gid_map", "/proc/self/gid_map", NULL);
  lines("setgroups", "/proc/self/setgroups", NULL);
  lines("time offsets", "/proc/self/timens_offsets", NULL);
  lines("sysctl net", "/proc/sys/net/ipv4/ip_forward", NULL);
  lines("sysctl ping", "/proc/sys/net/ipv4/ping_group_range", NULL);
  lines("sysctl ipc", "/proc/sys/kernel/shm_rmid_forced", NULL);
  lines("sysctl msg", "/proc/sys/fs/mqueue/msg_max", NULL);
  number("nice", niceness());
  number("policy", sched_getscheduler(0));
  struct sched_param parameters = {0};
  sched_getparam(0, &parameters);
  number("priority", parameters.sched_priority);
  deadline();
  number("ioprio", syscall(SYS_ioprio_get, 1, 0));
  number("personality", personality(0xffffffff));
  cpu_set_t cpus;
  number("cpus", sched_getaffinity(0, sizeof cpus, &cpus) == 0 ? CPU_COUNT(&cpus) : -1);
  number("session", getsid(0) == getpid());
  number("group", getpgrp() == getpid());
  terminal();
  uname(&uts);
  name("hostname");
  text(uts.nodename);
  name("domainname");
  text(uts.domainname);
  static const char* const kinds[] = {"mnt", "pid", "net", "ipc", "uts", "user", "cgroup", "time"};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/ns/%s", kinds[i]);
    link_of(kinds[i], path);
  }
  name("paths");
  putchar('{');
  for (int i = 1; i < argc; i++) {
    if (i > 1) putchar(',');
    text(argv[i]);
    putchar(':');
    putchar('[');
    about(argv[i]);
    printf(",%d,%d,%d]", opens(argv[i], O_RDONLY), opens(argv[i], O_WRONLY), entries(argv[i]));
  }
  printf("}}\n");
  return 0;
}
