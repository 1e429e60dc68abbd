#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "../../core/fd.h"
#include "../../core/poison.h"
#include "../../core/raw.h"
#include "../../core/spawn/child.h"
#include "check.h"

namespace tsrun::test {
namespace {

struct Options {
  int64_t flags = 0;
  int cgroup = -1;
  Bytes plan = {'r'};
  IntegerList fds = {};
  IntegerList stdio = {0, 1, 2};
  int preserve = 0;
  bool here = false;
};

// A child of spawn that is killed and reaped at the end.
class Init {
 public:
  explicit Init(const Options& o) {
    int pair[2] = {-1, -1};
    check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0, "a pair of sockets is created");
    socket = Fd(pair[0]);
    theirs = pair[1];
    std::vector<Value> arguments = {number(o.flags), number(o.cgroup), IntegerList{pair[0], pair[1]}, o.fds, o.stdio, number(o.preserve)};
    if (o.here) arguments.push_back(o.plan);
    outcome = invoke(o.here ? "spawnHere" : "spawn", arguments);
    if (!o.here) sent = invoke("sendPlan", {number(pair[0]), o.plan, absent(), absent()});
    if (!succeeded(outcome)) return;
    pid = static_cast<int>(integer_in(outcome, "pid"));
    pidfd = Fd(static_cast<int>(integer_in(outcome, "pidfd")));
  }
  ~Init() {
    if (pid <= 0) return;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
  int finish(int value) {
    invoke("reply", {number(socket.get()), number(value)});
    const int status = ended(pid);
    pid = -1;
    return status;
  }
  Outcome receive() const { return invoke("receive", {number(socket.get()), false}); }
  std::string report() const { return text_in(receive(), "text"); }

  Outcome outcome;
  Outcome sent;
  int pid = -1;
  Fd pidfd;
  Fd socket;
  // The number of the child's end of the socket pair in this process.
  int theirs = -1;
};

bool has_line(const std::string& report, const std::string& line) { return ("\n" + report).find("\n" + line + "\n") != std::string::npos; }

void messages() {
  Init init({});
  if (!check(succeeded(init.outcome), "spawn succeeds")) return;
  const Outcome message = init.receive();
  check(integer_in(message, "type") == 1 && integer_in(message, "operation") == 7 && integer_in(message, "errno") == 13 &&
            integer_in(message, "value") == -5 && integer_in(message, "sender") == 0,
        "every field of a message arrives");
  check(init.finish(42) == 42, "the reply arrives");
  check(integer_in(init.receive(), "type") == 0, "a closed socket is a message of type 0");

  Options dead;
  dead.plan = Bytes(8 << 20, 'x');
  Init gone(dead);
  check(succeeded(gone.outcome), "an init that dies before it read its plan is no error of spawn");
  check(error_of(gone.sent) == EPIPE || error_of(gone.sent) == ECONNRESET, "sendPlan fails for an init that died");
  check(integer_in(gone.receive(), "type") == 0, "the socket of an init that died is closed");
  check(ended(gone.pid) == 3, "the status of an init that died is available");
  gone.pid = -1;
}

void with_the_plan() {
  Options options;
  options.here = true;
  Init init(options);
  check(succeeded(init.outcome) && integer_in(init.receive(), "type") == 1, "the plan arrives with the clone");
  check(init.finish(42) == 42, "the reply arrives after the clone");
  // More than a socket holds, for a process that does not read it.
  options.plan = Bytes(8 << 20, 'x');
  Init gone(options);
  check(succeeded(gone.outcome), "an init that dies before it read its plan holds nobody up");
  check(ended(gone.pid) == 3, "the status of an init that never read its plan is available");
  gone.pid = -1;
}

void state_of_child() {
  ::signal(SIGPIPE, SIG_IGN);
  ::setenv("LEAKED", "secret", 1);
  const Fd leaked(::fcntl(0, F_DUPFD, 77));
  Init init({});
  ::signal(SIGPIPE, SIG_DFL);
  const std::string report = init.report();
  check(has_line(report, "argv0=tsrun-init") && has_line(report, "env=none"), "its name, and no environment");
  check(has_line(report, "SigBlk=0000000000000000") && has_line(report, "SigIgn=0000000000000000"), "no signal is blocked or ignored");
  check(has_line(report, "fds=0,1,2,3"), "init has only its stdio and its socket");
  char exe[64] = {};
  check(::readlink(("/proc/" + std::to_string(init.pid) + "/exe").c_str(), exe, sizeof exe - 1) > 0 &&
            std::string(exe).find("memfd:tsrun-init") != std::string::npos,
        "its executable is the memfd");
  const Fd writable(::open(("/proc/" + std::to_string(init.pid) + "/exe").c_str(), O_RDONLY | O_CLOEXEC));
  const int seals = ::fcntl(writable.get(), F_GET_SEALS);
  check((seals & (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL)) == (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL),
        "which is sealed");
  check(init.finish(0) == 0, "init ends");
}

void descriptors() {
  // Sources within the range of targets, crosswise, and one twice. Of the preserved numbers, 3 is open, 4 is free so that one of spawn's
  // own descriptors may get it, and 5 is tsrun-init, which the program must not get.
  int saved[8];
  for (int fd = 3; fd < 11; ++fd) saved[fd - 3] = ::fcntl(fd, F_DUPFD_CLOEXEC, 100);
  for (int fd = 3; fd < 11; ++fd) ::close(fd);
  const Directory directory;
  int files[4];
  for (int i = 0; i < 4; ++i) files[i] = ::open(directory.path(std::to_string(i)).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  // files are 3, 4, 5, 6; the first looks as if our caller had left it open.
  ::fcntl(files[0], F_SETFD, 0);
  Options options;
  options.preserve = 3;
  options.fds = {files[2], files[3], 2};
  ::close(files[1]);
  options.stdio = {files[3], files[0], 1};
  Init init(options);
  if (check(succeeded(init.outcome), "spawn with sources among the targets")) {
    const std::string report = init.report();
    check(has_line(report, "fds=0,1,2,3,6,7,8,9"), "exactly the descriptors that it shall have, " + report);
    const auto target = [&](int fd) {
      char path[256] = {};
      const std::string link = "/proc/" + std::to_string(init.pid) + "/fd/" + std::to_string(fd);
      return ::readlink(link.c_str(), path, sizeof path - 1) > 0 ? std::string(path) : std::string();
    };
    check(target(0) == directory.path("3") && target(1) == directory.path("0"), "init has its stdio");
    check(target(3) == directory.path("0"), "init has the preserved descriptors");
    check(target(7) == directory.path("2") && target(8) == directory.path("3"), "init has the descriptors that were handed over");
    check(target(6).find("socket:") == 0, "init has its socket");
    check(init.finish(0) == 0, "init with sources among the targets ends");
  }
  for (const int i : {0, 2, 3}) ::close(files[i]);
  for (int fd = 3; fd < 11; ++fd) {
    if (saved[fd - 3] < 0) continue;
    ::dup3(saved[fd - 3], fd, O_CLOEXEC);
    ::close(saved[fd - 3]);
  }
}

// The sealed image stays open for the life of the process; descriptors() needs the low numbers for itself.
void make_image_high() {
  int taken[16];
  for (int& fd : taken) fd = ::fcntl(0, F_DUPFD_CLOEXEC, 3);
  Init init({});
  for (const int fd : taken) ::close(fd);
  check(succeeded(init.outcome), "the first spawn succeeds");
}

void failing() {
  Options options;
  options.fds = {9999};
  const Init bad_fd(options);
  check(error_of(bad_fd.outcome) == EBADF && call_of(bad_fd.outcome) == "dup3", "spawn fails for a closed descriptor");
  check(error_of(bad_fd.sent) == EPIPE && ::fcntl(bad_fd.theirs, F_GETFD) < 0, "the child's end of the sockets is closed after a failure");
  options = {};
  options.cgroup = ::open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const Init bad_cgroup(options);
  ::close(options.cgroup);
  check(error_of(bad_cgroup.outcome) == EBADF && call_of(bad_cgroup.outcome) == "clone3",
        "spawn fails for a descriptor that is not a cgroup");
  check(::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD, "a failed spawn leaves no child");
}

std::string namespace_of(const std::string& process, const char* name) {
  char link[64] = {};
  return ::readlink(("/proc/" + process + "/ns/" + name).c_str(), link, sizeof link - 1) > 0 ? link : "";
}

void namespaces() {
  Options user;
  user.flags = CLONE_NEWUSER | CLONE_NEWNS;
  Init unmapped(user);
  check(succeeded(unmapped.outcome), "spawn creates a user namespace");
  const std::string report = unmapped.report();
  const size_t at = report.find("CapEff=");
  check(at != std::string::npos && std::stoull(report.substr(at + 7), nullptr, 16) > 0x1fffffffff, "every capability survives the exec");
  check(unmapped.finish(0) == 0, "init in a user namespace ends");

  if (!is_root()) return;
  Options pid;
  pid.flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET;
  Init first(pid);
  check(has_line(first.report(), "pid=1"), "init is the first process of its pid namespace");
  check(namespace_of("thread-self", "pid_for_children") == namespace_of("self", "pid"), "our own children stay in our pid namespace");
  check(first.finish(0) == 0, "init in a pid namespace ends");
}

#ifdef TSRUN_ASAN
// Like a child that executes a program: it never leaves the function that has the variable.
int never_return(void* shown) {
  char variable[32];
  *static_cast<char* volatile*>(shown) = variable;
  raw::call(SYS_exit, 0);
  return 0;
}

void stack_of_child() {
  char* shown = nullptr;
  void* bottom = nullptr;
  size_t size = 0;
  {
    const ChildStack stack;
    bottom = stack.bottom();
    size = stack.size();
    Birth birth;
    birth.flags = CLONE_VFORK;
    Child child;
    check(clone_child(birth, stack, never_return, &shown, child), "a child has a stack");
    reap_child(child.pidfd.get());
    check(__asan_region_is_poisoned(bottom, size) != nullptr, "its variables are marked");
  }
  check(__asan_region_is_poisoned(bottom, size) == nullptr, "who gets its addresses next may use them");
}
#endif

}  // namespace

void spawn_tests() {
#ifdef TSRUN_ASAN
  stack_of_child();
#endif

  make_image_high();
  messages();
  with_the_plan();
  state_of_child();
  descriptors();
  failing();
  namespaces();
}

}  // namespace tsrun::test
