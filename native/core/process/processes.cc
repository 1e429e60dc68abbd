// Operations on other processes, by pidfd if there is one, so that a recycled process id is never signalled.
#include "processes.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <charconv>
#include <csignal>

#include "../files/entries.h"
#include "../kernel.h"

namespace tsrun {
namespace {

// Accepts decimal digits only. strtoull(3) would also take a sign, spaces, and values beyond 64 bits.
bool parse_unsigned(const std::string& text, rlim64_t& value) {
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && at == end;
}

}  // namespace

int wait_for(int pidfd, int options, siginfo_t& info) {
  info = {};
  const auto wait = [&] {
    return uninterrupted([&] { return ::waitid(static_cast<idtype_t>(kernel::kWaitPidfd), static_cast<id_t>(pidfd), &info, options); });
  };
  const int result = wait();
  // The event loop of Node.js makes a pidfd non-blocking, and a process that has ended cannot be waited for until its tracer has.
  if (result == 0 || errno != EAGAIN) return result;
  const int flags = ::fcntl(pidfd, F_GETFL);
  return flags < 0 || ::fcntl(pidfd, F_SETFL, flags & ~O_NONBLOCK) < 0 ? -1 : wait();
}

Outcome process_exit(const siginfo_t& info) {
  const bool exited = info.si_code == CLD_EXITED;
  return answer(Record{{"code", int64_t{exited ? info.si_status : -1}}, {"signal", int64_t{exited ? 0 : info.si_status}}});
}

namespace entries {

Outcome open_process(const Arguments& a) {
  const int64_t pid = a.integer(0);
  const int fd = kernel::pidfd_open(static_cast<int>(pid));
  if (fd < 0) return failed("pidfd_open", std::to_string(pid));
  return answer_fd(fd);
}

Outcome signal_process(const Arguments& a) {
  if (kernel::pidfd_send_signal(a.fd(0), static_cast<int>(a.integer(1))) < 0) return failed_on("pidfd_send_signal", a.fd(0));
  return done();
}

Outcome kill(const Arguments& a) {
  const int64_t pid = a.integer(0);
  if (::kill(static_cast<pid_t>(pid), static_cast<int>(a.integer(1))) < 0) return failed("kill", std::to_string(pid));
  return done();
}

Outcome reap(const Arguments& a) {
  siginfo_t info;
  if (wait_for(a.fd(0), WEXITED | WNOHANG, info) < 0) return failed_on("waitid", a.fd(0));
  return info.si_pid == 0 ? answer_null() : process_exit(info);
}

Outcome is_child(const Arguments& a) {
  siginfo_t info;
  if (wait_for(a.fd(0), WEXITED | WNOHANG | WNOWAIT, info) == 0) return answer(true);
  return errno == ECHILD ? answer(false) : failed_on("waitid", a.fd(0));
}

Outcome has_ended(const Arguments& a) {
  pollfd process = {a.fd(0), POLLIN, 0};
  const int ready = uninterrupted([&] { return ::poll(&process, 1, 0); });
  if (ready < 0) return failed_on("poll", a.fd(0));
  return answer(ready > 0);
}

Outcome has_halted(const Arguments& a) {
  siginfo_t info;
  if (wait_for(a.fd(0), WEXITED | WSTOPPED | WNOHANG | WNOWAIT, info) < 0) return failed_on("waitid", a.fd(0));
  return answer(info.si_pid != 0);
}

Outcome has_changed(const Arguments& a) {
  pollfd file = {a.fd(0), POLLPRI, 0};
  const int ready = uninterrupted([&] { return ::poll(&file, 1, 0); });
  if (ready < 0) return failed_on("poll", a.fd(0));
  return answer(ready > 0);
}

Outcome take_fd(const Arguments& a) {
  const int fd = kernel::pidfd_getfd(a.fd(0), a.fd(1));
  if (fd < 0) return failed_on("pidfd_getfd", a.fd(1));
  return answer_fd(fd);
}

namespace {

// The C library's prlimit64() takes an enumeration, which cannot hold the number of an unknown resource.
long limit_of(int64_t pid, int64_t resource, const rlimit64* set, rlimit64* get) {
  return ::syscall(SYS_prlimit64, pid, resource, set, get);
}

}  // namespace

Outcome raise_limit(const Arguments& a) {
  const int64_t pid = a.integer(0);
  const int64_t resource = a.integer(1);
  rlim64_t hard = 0;
  if (!parse_unsigned(a.text(2), hard)) return Failure{EINVAL, "prlimit", a.text(2)};
  rlimit64 limit = {};
  if (limit_of(pid, resource, nullptr, &limit) < 0) return failed("prlimit", std::to_string(resource));
  // RLIM_INFINITY is the highest possible value.
  if (limit.rlim_max >= hard) return done();
  limit.rlim_max = hard;
  if (limit_of(pid, resource, &limit, nullptr) < 0) return failed("prlimit", std::to_string(resource));
  return done();
}

}  // namespace entries
}  // namespace tsrun
