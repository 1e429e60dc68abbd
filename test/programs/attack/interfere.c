// Injects an accident at one system call of a command or of what it starts (ptrace(2)):
//
//   interfere REPORT MILLISECONDS ACTION [+PID] COMMAND...
//
//   list                          no accident: prints the calls
//   kill PROCESS CALL             SIGKILL for the process instead of its call
//   errno PROCESS CALL ERRNO      fails the call with this error instead of making it
//   signal PROCESS CALL SIGNAL    sends the command a signal before the call
//   storm EVERY SIGNAL            sends the command a signal before every EVERYth of its own calls
//
// PROCESS counts the processes: 0 is the command, 1 the first that it starts, or with +PID the process with that number, and so on. CALL
// counts the calls of one process, from its execve on. A process that executes anything except a sealed memfd is released, because it is
// the container's from then on. REPORT gets a line for each call ("call PROCESS CALL NUMBER ARGUMENT"), "fired ..." for the chosen one, and
// how the command ended: "exit CODE", "signal NUMBER" or "hang" after MILLISECONDS, when all watched processes are killed. Exits as the
// command did.
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

struct process {
  pid_t pid;
  int calls;
  int counted;   // Calls are counted from here on.
  int injected;  // The error that its current call fails with.
};

enum { MAX_PROCESSES = 4096 };
static struct process processes[MAX_PROCESSES];
static int process_count;
static FILE* report;
static volatile sig_atomic_t late;

static const char* action;
static int chosen_process, chosen_call, value, every, fired;

static void fail(const char* what) {
  perror(what);
  exit(125);
}

static void on_alarm(int signal) {
  (void)signal;
  late = 1;
}

static struct process* add(pid_t pid) {
  if (process_count == MAX_PROCESSES) exit(125);
  processes[process_count] = (struct process){.pid = pid, .counted = process_count > 0};
  return &processes[process_count++];
}

static struct process* find(pid_t pid) {
  // The newest first, because a number may be reused.
  for (int i = process_count - 1; i >= 0; i--)
    if (processes[i].pid == pid) return &processes[i];
  return add(pid);
}

// Prevents the call that a process has entered, by giving it an invalid number.
static void skip_call(pid_t pid) {
#if defined(__x86_64__)
  struct user_regs_struct registers;
  struct iovec part = {&registers, sizeof registers};
  if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &part) < 0) return;
  registers.orig_rax = (unsigned long long)-1;
  ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &part);
#elif defined(__aarch64__)
  int number = -1;
  struct iovec part = {&number, sizeof number};
  ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &part);
#endif
}

static void answer(pid_t pid, int error) {
  struct user_regs_struct registers;
  struct iovec part = {&registers, sizeof registers};
  if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &part) < 0) return;
#if defined(__x86_64__)
  registers.rax = (unsigned long long)-error;
#elif defined(__aarch64__)
  registers.regs[0] = (unsigned long long)-error;
#endif
  ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &part);
}

static void at_call(struct process* process) {
  struct __ptrace_syscall_info info;
  if (ptrace(PTRACE_GET_SYSCALL_INFO, process->pid, sizeof info, &info) <= 0) return;
  if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
    if (process->injected != 0) answer(process->pid, process->injected);
    process->injected = 0;
    return;
  }
  if (info.op != PTRACE_SYSCALL_INFO_ENTRY || !process->counted) return;
  const int number = (int)(process - processes);
  const int call = process->calls++;
  const pid_t command = processes[0].pid;
  if (strcmp(action, "list") == 0) fprintf(report, "call %d %d %d %d\n", number, call, (int)info.entry.nr, (int)info.entry.args[0]);
  if (strcmp(action, "storm") == 0 && number == 0 && call % every == 0) {
    fired = 1;
    kill(command, value);
  }
  if (fired || number != chosen_process || call != chosen_call) return;
  fired = 1;
  fprintf(report, "fired %d %d %d %d\n", number, call, (int)info.entry.nr, (int)info.entry.args[0]);
  if (strcmp(action, "kill") == 0) kill(process->pid, SIGKILL);
  if (strcmp(action, "signal") == 0) kill(command, value);
  if (strcmp(action, "errno") == 0) {
    // close(2) closes in any case; its error reports an earlier problem (EIO).
    if (info.entry.nr != SYS_close) skip_call(process->pid);
    process->injected = value;
  }
}

// Whether the process runs the container's program: tsrun-init is executed from a sealed memfd.
static int is_foreign(pid_t pid) {
  char name[64], target[4096];
  snprintf(name, sizeof name, "/proc/%d/exe", pid);
  const ssize_t size = readlink(name, target, sizeof target - 1);
  return size < 0 || strncmp(target, "/memfd:", 7) != 0;
}

static void at_stop(struct process* process, int status) {
  const pid_t pid = process->pid;
  const int signal = WSTOPSIG(status);
  const int event = status >> 16;
  if (signal == (SIGTRAP | 0x80)) {
    at_call(process);
    ptrace(PTRACE_SYSCALL, pid, 0, 0);
  } else if (event == PTRACE_EVENT_STOP) {
    const int group_stop = signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
    ptrace(group_stop ? PTRACE_LISTEN : PTRACE_SYSCALL, pid, 0, 0);
  } else if (event == PTRACE_EVENT_EXEC && process == processes && !process->counted) {
    process->counted = 1;
    ptrace(PTRACE_SYSCALL, pid, 0, 0);
  } else if (event == PTRACE_EVENT_EXEC && is_foreign(pid)) {
    ptrace(PTRACE_DETACH, pid, 0, 0);
  } else {
    ptrace(PTRACE_SYSCALL, pid, 0, event != 0 ? 0 : signal);
  }
}

static void seize(pid_t pid) {
  const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK;
  if (ptrace(PTRACE_SEIZE, pid, 0, options) < 0) fail("seize");
}

// Exits as the command did, whatever else still runs; the kernel detaches from it.
static int watch(void) {
  for (;;) {
    int status;
    const pid_t pid = late ? -1 : waitpid(-1, &status, __WALL);
    if (late) {
      fprintf(report, "hang\n");
      fflush(report);
      for (int i = 0; i < process_count; i++)
        if (processes[i].pid > 0) kill(processes[i].pid, SIGKILL);
      return 124;
    }
    if (pid < 0 && errno == EINTR) continue;
    if (pid < 0) fail("wait");
    struct process* process = find(pid);
    if (WIFSTOPPED(status)) {
      at_stop(process, status);
    } else if (process == processes) {
      fprintf(report, WIFEXITED(status) ? "exit %d\n" : "signal %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    } else {
      process->pid = 0;  // Its number may be reused.
    }
  }
}

int main(int argc, char** argv) {
  if (argc < 5) return 125;
  report = fopen(argv[1], "we");
  if (report == NULL) fail(argv[1]);
  const long milliseconds = atol(argv[2]);
  action = argv[3];
  char** rest = argv + 4;
  chosen_process = chosen_call = -1;
  if (strcmp(action, "storm") == 0) {
    every = atoi(*rest++);
    value = atoi(*rest++);
  } else if (strcmp(action, "list") != 0) {
    chosen_process = atoi(*rest++);
    chosen_call = atoi(*rest++);
    if (strcmp(action, "kill") != 0) value = atoi(*rest++);
  }
  const pid_t other = **rest == '+' ? atoi(*rest++ + 1) : 0;

  int go[2];
  if (pipe2(go, O_CLOEXEC) < 0) fail("pipe");
  const pid_t command = fork();
  if (command < 0) fail("fork");
  if (command == 0) {
    char byte;
    close(go[1]);
    fclose(report);
    if (read(go[0], &byte, 1) != 1) _exit(125);
    execvp(*rest, rest);
    _exit(127);
  }
  close(go[0]);
  add(command);
  seize(command);
  if (other != 0) {
    add(other);
    seize(other);
    ptrace(PTRACE_INTERRUPT, other, 0, 0);
  }
  const struct sigaction alarm_action = {.sa_handler = on_alarm};
  sigaction(SIGALRM, &alarm_action, NULL);
  const struct itimerval limit = {.it_value = {milliseconds / 1000, milliseconds % 1000 * 1000}, .it_interval = {0, 100000}};
  setitimer(ITIMER_REAL, &limit, NULL);
  if (write(go[1], "", 1) != 1) fail("go");
  close(go[1]);
  const int code = watch();
  fclose(report);
  return code;
}
