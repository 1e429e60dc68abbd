#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "../../core/fd.h"
#include "../../core/kernel.h"
#include "../../core/process/processes.h"
#include "check.h"

namespace tsrun::test {
namespace {

struct Run {
  Outcome outcome;
  std::string output;
  int status;
};

Run run(const TextList& args, const TextList& environment, const std::string& directory = "/") {
  int out[2];
  if (::pipe2(out, O_CLOEXEC) < 0) return {Failure{errno, "pipe2", ""}, "", -1};
  const Fd read_end(out[0]);
  Fd write_end(out[1]);
  const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  Run result = {
      invoke("runProgram", {args[0], args, environment, directory, number(null.get()), number(write_end.get()), number(write_end.get())}),
      "", -1};
  write_end.reset();
  if (!succeeded(result.outcome)) return result;
  const Fd pidfd(static_cast<int>(integer_in(result.outcome, "pidfd")));
  result.output = drain(read_end.get());
  result.status = ended(static_cast<int>(integer_in(result.outcome, "pid")));
  return result;
}

// The digests are compared only with each other.
void handed_down() {
  const auto attributes = [] { return text_in(invoke("handedDown", {false}), "attributes"); };
  const std::string before = attributes();
  check(before.size() == 64 && attributes() == before, "what a child inherits is a digest, equal while nothing changes");
  check(text_in(invoke("handedDown", {false}), "otherCgroups").empty(), "cgroups of version 1 are read only if asked for");
  const mode_t mask = ::umask(0);
  ::umask(mask ^ 0055);
  check(attributes() != before, "the umask is part of what a child inherits");
  ::umask(mask);
  rlimit limit = {};
  ::getrlimit(RLIMIT_CORE, &limit);
  const rlimit lower = {0, limit.rlim_max};
  const rlimit none = {limit.rlim_max, limit.rlim_max};
  ::setrlimit(RLIMIT_CORE, limit.rlim_cur == 0 ? &none : &lower);
  check(limit.rlim_max == 0 || attributes() != before, "a resource limit is part of what a child inherits");
  ::setrlimit(RLIMIT_CORE, &limit);
  const pid_t nice = ::fork();
  if (nice == 0) {
    const std::string own = attributes();
    const int another = ::getpriority(PRIO_PROCESS, 0) == 19 ? 18 : 19;
    ::_exit(::setpriority(PRIO_PROCESS, 0, another) == 0 && attributes() != own ? 0 : 1);
  }
  check(ended(nice) == 0, "the nice value is part of what a child inherits");
  check(attributes() == before, "what was changed back is equal again");
}

void programs() {
  const Run env = run({"/usr/bin/env"}, {"ONLY=this"});
  check(env.output == "ONLY=this\n" && env.status == 0, "a program has the environment that it was given and no other");
  check(run({"/bin/sh", "-c", "pwd; exit 7"}, {}, "/usr").output == "/usr\n", "a program starts in its directory");
  check(run({"/bin/sh", "-c", "exit 7"}, {}).status == 7, "the status of a program is returned");
  ::signal(SIGCHLD, SIG_IGN);
  check(run({"/bin/sh", "-c", "exit 7"}, {}).status == 7, "the status is returned if we were started with SIGCHLD ignored");

  // Not close-on-exec, like a descriptor that a careless caller left open.
  const Fd leaked(::fcntl(0, F_DUPFD, 100));
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t usr1;
  ::sigemptyset(&usr1);
  ::sigaddset(&usr1, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &usr1, nullptr);
  const Run state = run({"/bin/sh", "-c", "ls /proc/$$/fd | tr '\\n' ' '; grep -E 'SigBlk|SigIgn' /proc/self/status | tr -d '\\n'"},
                        {"PATH=/bin:/usr/bin"});
  check(state.output.find("0 1 2 ") == 0 && state.output.find("100") == std::string::npos,
        "a program has descriptors 0, 1, 2 and no others");
  check(state.output.find("SigBlk:\t0000000000000000SigIgn:\t0000000000000000") != std::string::npos, "no signal is blocked or ignored");
  sigset_t now;
  ::sigprocmask(SIG_UNBLOCK, &usr1, &now);
  check(::sigismember(&now, SIGUSR1) == 1 && ::sigismember(&now, SIGUSR2) == 0, "our own signal mask is restored");
  ::signal(SIGPIPE, SIG_DFL);

  const Run missing = run({"/nowhere/program"}, {});
  check(error_of(missing.outcome) == ENOENT && call_of(missing.outcome) == "execve", "execve fails for a missing program");
  check(call_of(run({"/bin/true"}, {}, "/nowhere").outcome) == "chdir", "chdir fails for a missing directory");
  check(::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD, "failures leave no child");
}

// waitid(2): EAGAIN.
void waiting_with_a_nonblocking_descriptor() {
  const pid_t child = ::fork();
  if (child == 0) {
    ::usleep(100'000);
    ::_exit(7);
  }
  const Fd pidfd(kernel::pidfd_open(child));
  ::fcntl(pidfd.get(), F_SETFL, O_NONBLOCK);
  siginfo_t info;
  check(wait_for(pidfd.get(), WEXITED, info) == 0 && info.si_pid == child && info.si_status == 7,
        "a process is waited for, even if its descriptor does not block");
}

// A child of ours that ends with 7 and is traced by another process, which does not wait for it until it is killed itself.
void waiting_for_traced() {
  int ready[2];
  if (::pipe(ready) < 0) return;
  const pid_t child = ::fork();
  if (child == 0) {
    ::raise(SIGSTOP);
    ::_exit(7);
  }
  siginfo_t seen = {};
  ::waitid(P_PID, static_cast<id_t>(child), &seen, WSTOPPED);
  const pid_t tracer = ::fork();
  if (tracer == 0) {
    if (::ptrace(PTRACE_SEIZE, child, 0, 0) < 0) ::_exit(1);
    ::kill(child, SIGCONT);
    while (::waitid(P_PID, static_cast<id_t>(child), &seen, WEXITED | WSTOPPED | WNOWAIT | __WALL) == 0 && seen.si_code != CLD_EXITED) {
      ::waitpid(child, nullptr, __WALL);
      ::ptrace(PTRACE_CONT, child, 0, 0);
    }
    if (::write(ready[1], "x", 1) == 1) ::pause();
    ::_exit(1);
  }
  char byte = 0;
  check(::read(ready[0], &byte, 1) == 1, "a traced child has ended");
  const Fd pidfd(kernel::pidfd_open(child));
  check(boolean_of(invoke("hasEnded", {number(pidfd.get())})), "its descriptor says so");
  check(is_null(invoke("reap", {number(pidfd.get())})), "a child that its tracer keeps is not reaped");
  ::kill(tracer, SIGKILL);
  ended(tracer);
  check(wait_for(pidfd.get(), WEXITED, seen) == 0 && seen.si_status == 7, "it is when its tracer has ended");
  ::close(ready[0]);
  ::close(ready[1]);
}

void waiting() {
  const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const Outcome child = invoke("runProgram", {text("/bin/sleep"), TextList{"sleep", "100"}, TextList{}, text("/"), number(null.get()),
                                              number(null.get()), number(null.get())});
  const Fd pidfd(static_cast<int>(integer_in(child, "pidfd")));
  check(is_null(invoke("reap", {number(pidfd.get())})), "a running process is not reaped");
  check(succeeded(invoke("signalProcess", {number(pidfd.get()), number(SIGTERM)})), "a running process is signalled");
  Outcome exit = invoke("reap", {number(pidfd.get())});
  for (int i = 0; i < 3000 && is_null(exit); ++i) {
    ::usleep(10000);
    exit = invoke("reap", {number(pidfd.get())});
  }
  check(integer_in(exit, "code") == -1 && integer_in(exit, "signal") == SIGTERM, "the end of the process is the signal");
  check(error_of(invoke("signalProcess", {number(pidfd.get()), number(SIGTERM)})) == ESRCH, "the process is gone after it was reaped");
  check(error_of(invoke("reap", {number(pidfd.get())})) == ECHILD, "a reaped process is not a child");
}

}  // namespace

void process_tests() {
  handed_down();
  programs();
  waiting();
  waiting_with_a_nonblocking_descriptor();
  waiting_for_traced();
  check(integer_in(invoke("ids", {}), "pid") == ::getpid(), "our process id is returned");
  check(!boolean_in(invoke("ids", {}), "secure"), "this program has no more rights than its caller");
  check(!text_of(invoke("cpuAffinity", {})).empty(), "a list of CPUs is returned");
}

}  // namespace tsrun::test
