// inherit set NAME COMMAND...: sets an attribute of itself to a value other than the default, and executes COMMAND.
// inherit show NAME: prints its value. docs/decisions/0016 says what a container inherits.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define MPOL_BIND_MODE 2
// linux/prctl.h of Linux 6.3.
#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_GET_MDWE 66
#endif

static const char* const signals[] = {"SigBlk:", "SigIgn:", "SigPnd:", "ShdPnd:", NULL};

static long set_file(const char* path, const char* text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  const long written = write(fd, text, strlen(text));
  close(fd);
  return written;
}

static long set_signals(void) {
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  sigaddset(&blocked, SIGUSR2);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGCHLD, SIG_IGN);
  const int result = sigprocmask(SIG_BLOCK, &blocked, NULL);
  kill(getpid(), SIGUSR1);
  return result;
}

// Ambient capabilities must be inheritable first.
static long raise_ambient(void) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2];
  if (syscall(SYS_capget, &header, data) < 0) return -1;
  data[0].inheritable |= 1u << CAP_NET_RAW;
  if (syscall(SYS_capset, &header, data) < 0) return -1;
  return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0);
}

static long set(const char* name) {
  const struct itimerval hour = {{3600, 0}, {3600, 0}};
  const struct sched_param none = {0};
  unsigned long node = 1;
  if (strcmp(name, "timerslack") == 0) return prctl(PR_SET_TIMERSLACK, 123456, 0, 0, 0);
  if (strcmp(name, "thp") == 0) return prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
  if (strcmp(name, "subreaper") == 0) return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  if (strcmp(name, "pdeathsig") == 0) return prctl(PR_SET_PDEATHSIG, SIGUSR1, 0, 0, 0);
  if (strcmp(name, "coredump") == 0) return set_file("/proc/self/coredump_filter", "0x7");
  if (strcmp(name, "securebits") == 0) return prctl(PR_SET_SECUREBITS, SECBIT_NO_CAP_AMBIENT_RAISE, 0, 0, 0);
  if (strcmp(name, "keepcaps") == 0) return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
  if (strcmp(name, "nnp") == 0) return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (strcmp(name, "itimer") == 0) return setitimer(ITIMER_REAL, &hour, NULL);
  if (strcmp(name, "dumpable") == 0) return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (strcmp(name, "mempolicy") == 0) return syscall(SYS_set_mempolicy, MPOL_BIND_MODE, &node, 8 * sizeof node);
  if (strcmp(name, "resetonfork") == 0) return sched_setscheduler(0, SCHED_BATCH | SCHED_RESET_ON_FORK, &none);
  if (strcmp(name, "umask") == 0) return umask(0), 0;
  if (strcmp(name, "signals") == 0) return set_signals();
  if (strcmp(name, "mdwe") == 0) return prctl(PR_SET_MDWE, 1, 0, 0, 0);
  if (strcmp(name, "autogroup") == 0) return set_file("/proc/self/autogroup", "7");
  if (strcmp(name, "loginuid") == 0) return set_file("/proc/self/loginuid", "4321");
  if (strcmp(name, "locks") == 0) return mlockall(MCL_CURRENT | MCL_FUTURE);
  if (strcmp(name, "processkeyring") == 0) return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1);
  if (strcmp(name, "threadkeyring") == 0) return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_THREAD_KEYRING, 1);
  if (strcmp(name, "bounding") == 0) return prctl(PR_CAPBSET_DROP, CAP_KILL, 0, 0, 0);
  if (strcmp(name, "ambient") == 0) return raise_ambient();
  errno = EINVAL;
  return -1;
}

static void show_lines(const char* path, const char* const* wanted) {
  char line[4096];
  FILE* file = fopen(path, "re");
  while (file != NULL && fgets(line, sizeof line, file) != NULL)
    for (int i = 0; wanted[i] != NULL; i++)
      if (strncmp(line, wanted[i], strlen(wanted[i])) == 0) fputs(line, stdout);
  if (file != NULL) fclose(file);
}

static long number_in(const char* path, const char* format) {
  long number = -1;
  char line[256];
  FILE* file = fopen(path, "re");
  while (file != NULL && number < 0 && fgets(line, sizeof line, file) != NULL) sscanf(line, format, &number);
  if (file != NULL) fclose(file);
  return number;
}

static long has_keyring(int keyring) { return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, keyring, 0) >= 0; }

static long show(const char* name) {
  struct itimerval left = {{0, 0}, {0, 0}};
  int mode = -1, value = -1;
  char text[64] = "";
  if (strcmp(name, "timerslack") == 0) return prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
  if (strcmp(name, "thp") == 0) return prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0);
  if (strcmp(name, "subreaper") == 0) return prctl(PR_GET_CHILD_SUBREAPER, &value, 0, 0, 0), value;
  if (strcmp(name, "pdeathsig") == 0) return prctl(PR_GET_PDEATHSIG, &value, 0, 0, 0), value;
  if (strcmp(name, "securebits") == 0) return prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);
  if (strcmp(name, "keepcaps") == 0) return prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0);
  if (strcmp(name, "nnp") == 0) return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
  if (strcmp(name, "itimer") == 0) return getitimer(ITIMER_REAL, &left), left.it_value.tv_sec != 0;
  if (strcmp(name, "dumpable") == 0) return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
  if (strcmp(name, "mempolicy") == 0) return syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, 0) < 0 ? -errno : mode;
  if (strcmp(name, "resetonfork") == 0) return sched_getscheduler(0);
  if (strcmp(name, "umask") == 0) return umask(0);
  if (strcmp(name, "coredump") == 0) {
    FILE* file = fopen("/proc/self/coredump_filter", "re");
    if (file == NULL || fgets(text, sizeof text, file) == NULL) return -1;
    return strtol(text, NULL, 16);
  }
  if (strcmp(name, "mdwe") == 0) return prctl(PR_GET_MDWE, 0, 0, 0, 0);
  if (strcmp(name, "autogroup") == 0) return number_in("/proc/self/autogroup", "/autogroup-%*d nice %ld");
  if (strcmp(name, "loginuid") == 0) return number_in("/proc/self/loginuid", "%ld");
  if (strcmp(name, "locks") == 0) return number_in("/proc/self/status", "VmLck: %ld");
  if (strcmp(name, "processkeyring") == 0) return has_keyring(KEY_SPEC_PROCESS_KEYRING);
  if (strcmp(name, "threadkeyring") == 0) return has_keyring(KEY_SPEC_THREAD_KEYRING);
  if (strcmp(name, "bounding") == 0) return prctl(PR_CAPBSET_READ, CAP_KILL, 0, 0, 0);
  if (strcmp(name, "ambient") == 0) return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_NET_RAW, 0, 0);
  if (strcmp(name, "signals") == 0) return show_lines("/proc/self/status", signals), 0;
  return -1;
}

int main(int argc, char** argv) {
  if (argc == 3 && strcmp(argv[1], "show") == 0) return printf("%ld\n", show(argv[2])) < 0;
  if (argc < 4 || strcmp(argv[1], "set") != 0) return 2;
  if (set(argv[2]) < 0) return perror(argv[2]), 1;
  execvp(argv[3], argv + 3);
  return perror(argv[3]), 127;
}
