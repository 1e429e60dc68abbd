// inherit set NAME COMMAND...: sets an attribute of itself to a value other than the default, and executes COMMAND.
// inherit show NAME: prints its value. docs/decisions/0016 says what a container inherits.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __x86_64__
#include <sys/io.h>
#endif

#define MPOL_BIND_MODE 2
// linux/prctl.h of Linux 6.3.
#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_GET_MDWE 66
#endif

// linux/prctl.h of Linux 5.14 and 6.4.
#ifndef PR_SCHED_CORE
#define PR_SCHED_CORE 62
#endif
#define CORE_GET 0
#define CORE_CREATE 1
#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE 67
#define PR_GET_MEMORY_MERGE 68
#endif

// struct sched_attr of linux/sched/types.h, which glibc's headers collide with.
struct attributes {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
  uint32_t least, most;
};
#define KEEP_AND_CLAMP 0x78  // SCHED_FLAG_KEEP_ALL | SCHED_FLAG_UTIL_CLAMP

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

static long clamp_utilization(void) {
  struct attributes wanted = {.size = sizeof wanted, .flags = KEEP_AND_CLAMP, .least = 100, .most = 500};
  return syscall(SYS_sched_setattr, 0, &wanted, 0);
}

static long load_filter(void) {
  struct sock_filter allow = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
  const struct sock_fprog filter = {1, &allow};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return -1;
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter);
}

// A domain in which no TCP port may be bound: linux/landlock.h of Linux 6.7.
static long restrict_ports(void) {
  const uint64_t handled[2] = {0, 1};
  const long rules = syscall(444, handled, sizeof handled, 0);
  if (rules < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return -1;
  const long result = syscall(446, rules, 0);
  close(rules);
  return result;
}

// The rest of the program is traced with all that it starts, until it has ended itself.
static long be_traced(void) {
  const pid_t program = fork();
  if (program == 0) return raise(SIGSTOP);
  if (program < 0 || waitpid(program, NULL, WUNTRACED) < 0) return -1;
  if (ptrace(PTRACE_SEIZE, program, 0, PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK) < 0) return -1;
  kill(program, SIGCONT);
  for (;;) {
    int status;
    const pid_t pid = waitpid(-1, &status, __WALL);
    if (pid < 0) return -1;
    if (WIFSTOPPED(status))
      ptrace(PTRACE_CONT, pid, 0, status >> 16 != 0 ? 0 : WSTOPSIG(status));
    else if (pid == program)
      exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  }
}

static long open_port(void) {
#ifdef __x86_64__
  return ioperm(0x80, 1, 1);
#else
  errno = ENOSYS;
  return -1;
#endif
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
  if (strcmp(name, "speculation") == 0) return prctl(PR_SET_SPECULATION_CTRL, PR_SPEC_STORE_BYPASS, PR_SPEC_DISABLE, 0, 0);
  if (strcmp(name, "mcekill") == 0) return prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0);
  if (strcmp(name, "ksm") == 0) return prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0);
  if (strcmp(name, "uclamp") == 0) return clamp_utilization();
  if (strcmp(name, "cookie") == 0) return prctl(PR_SCHED_CORE, CORE_CREATE, 0, 0, 0);
  if (strcmp(name, "ioflusher") == 0) return prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0);
  if (strcmp(name, "ioport") == 0) return open_port();
  if (strcmp(name, "filter") == 0) return load_filter();
  if (strcmp(name, "landlock") == 0) return restrict_ports();
  if (strcmp(name, "traced") == 0) return be_traced();
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

static long most_utilization(void) {
  struct attributes found = {.size = sizeof found};
  return syscall(SYS_sched_getattr, 0, &found, sizeof found, 0) < 0 ? -errno : found.most;
}

static long core_cookie(void) {
  unsigned long cookie = 0;
  return prctl(PR_SCHED_CORE, CORE_GET, 0, 0, &cookie) < 0 ? -errno : cookie != 0;
}

// PF_MEMALLOC_NOIO of the flags, which need no capability to be seen (proc_pid_stat(5)).
static long flushes_io(void) { return (number_in("/proc/self/stat", "%*d %*s %*c %*d %*d %*d %*d %*d %ld") & 0x80000) != 0; }

static long may_bind(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const long result = bind(fd, (struct sockaddr*)&address, sizeof address) < 0 ? -errno : 1;
  close(fd);
  return result;
}

static long reads_port(void) {
#ifdef __x86_64__
  const pid_t child = fork();
  int status = 0;
  if (child == 0) _exit(inb(0x80) & 0);
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status);
#else
  return 0;
#endif
}

// A process has one tracer at most.
static long is_traced(void) { return ptrace(PTRACE_TRACEME, 0, 0, 0) < 0 && errno == EPERM; }

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
  if (strcmp(name, "speculation") == 0) return (prctl(PR_GET_SPECULATION_CTRL, PR_SPEC_STORE_BYPASS, 0, 0, 0) & PR_SPEC_DISABLE) != 0;
  if (strcmp(name, "mcekill") == 0) return prctl(PR_MCE_KILL_GET, 0, 0, 0, 0);
  if (strcmp(name, "ksm") == 0) return prctl(PR_GET_MEMORY_MERGE, 0, 0, 0, 0);
  if (strcmp(name, "uclamp") == 0) return most_utilization();
  if (strcmp(name, "cookie") == 0) return core_cookie();
  if (strcmp(name, "ioflusher") == 0) return flushes_io();
  if (strcmp(name, "ioport") == 0) return reads_port();
  if (strcmp(name, "filter") == 0) return number_in("/proc/self/status", "Seccomp_filters: %ld");
  if (strcmp(name, "landlock") == 0) return may_bind();
  if (strcmp(name, "traced") == 0) return is_traced();
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
