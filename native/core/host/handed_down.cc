// What a child has from us after fork(2) and execve(2), for comparison: in one call, because it is asked for each container from a warm
// slot.
#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "../fd.h"
#include "../files/entries.h"
#include "../files/sha256.h"
#include "../outcome.h"

namespace tsrun::entries {
namespace {

constexpr size_t kChunk = 4096;
constexpr int kOneProcess = 1;  // IOPRIO_WHO_PROCESS of linux/ioprio.h

// A file of /proc, which has no size. Returns false with errno.
bool read_proc(const char* path, std::string* into) {
  into->clear();
  const Fd fd(uninterrupted([&] { return ::open(path, O_RDONLY | O_CLOEXEC); }));
  if (!fd.valid()) return false;
  size_t length = 0;
  for (;;) {
    into->resize(length + kChunk);
    const ssize_t count = uninterrupted([&] { return ::read(fd.get(), into->data() + length, kChunk); });
    if (count < 0) return false;
    length += static_cast<size_t>(count);
    if (count == 0) break;
  }
  into->resize(length);
  return true;
}

bool begins_with(std::string_view line, std::string_view name) { return line.substr(0, name.size()) == name; }

// Fields of proc_pid_status(5) that a child has, too.
constexpr std::string_view kFields[] = {"Umask:",  "Uid:",    "Gid:",       "Groups:", "CapInh:",       "CapPrm:",      "CapEff:",
                                        "CapBnd:", "CapAmb:", "NoNewPrivs", "Seccomp", "Cpus_allowed:", "Mems_allowed:"};

bool is_handed_down(std::string_view line) {
  for (const std::string_view field : kFields) {
    if (begins_with(line, field)) return true;
  }
  return false;
}

// cgroups(7): the line of version 2 is "0::PATH".
bool is_of_version_1(std::string_view line) { return !begins_with(line, "0::"); }

template <typename Wanted>
void append_lines(const std::string& text, Wanted is_wanted, std::string* to) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    const std::string_view line(text.data() + at, (end == std::string::npos ? text.size() : end) - at);
    if (is_wanted(line)) to->append(line).push_back('\n');
    if (end == std::string::npos) break;
    at = end + 1;
  }
}

void append_number(uint64_t number, std::string* to) { to->append(std::to_string(number)).push_back(' '); }

// Of the first thread, as in /proc/self. Not /proc/self/stat: it adds up the times of all threads, which takes long while some are cloning.
bool append_scheduling(std::string* to) {
  const pid_t pid = ::getpid();
  errno = 0;
  const int nice = ::getpriority(PRIO_PROCESS, static_cast<id_t>(pid));
  if (nice == -1 && errno != 0) return false;
  sched_param parameters = {};
  const int policy = ::sched_getscheduler(pid);
  if (policy < 0 || ::sched_getparam(pid, &parameters) < 0) return false;
  // ENOSYS if the kernel has none.
  const auto io_priority = static_cast<int>(::syscall(SYS_ioprio_get, kOneProcess, pid));
  for (const int number : {nice, policy, parameters.sched_priority, io_priority}) append_number(static_cast<uint64_t>(number), to);
  return true;
}

bool append_limits(std::string* to) {
  for (int resource = 0; resource < static_cast<int>(RLIM_NLIMITS); ++resource) {
    // The C library's prlimit64() takes an enumeration.
    rlimit64 limit = {};
    if (::syscall(SYS_prlimit64, 0, resource, nullptr, &limit) < 0) return false;
    append_number(limit.rlim_cur, to);
    append_number(limit.rlim_max, to);
  }
  return true;
}

std::string digest_of(const std::string& text) { return sha256_hex(text.data(), text.size()); }

}  // namespace

Outcome handed_down(const Arguments& a) {
  utsname names = {};
  if (::uname(&names) < 0) return failed("uname");
  std::string found = std::string(names.nodename) + '\n' + names.domainname + '\n';
  if (!append_scheduling(&found)) return failed("sched_getscheduler");
  if (!append_limits(&found)) return failed("prlimit");
  std::string file;
  if (!read_proc("/proc/self/oom_score_adj", &file)) return failed("read", "/proc/self/oom_score_adj");
  found += file;
  // A kernel without core dumps or audit has none.
  for (const char* path : {"/proc/self/coredump_filter", "/proc/self/loginuid"}) {
    if (!read_proc(path, &file) && errno != ENOENT) return failed("read", path);
    found += file;
  }
  // From another thread than the first one it may be forbidden, and then a new child does not get it, either (FirstThread).
  if (read_proc("/proc/self/timerslack_ns", &file)) found += file;
  if (!read_proc("/proc/self/status", &file)) return failed("read", "/proc/self/status");
  append_lines(file, is_handed_down, &found);
  std::string cgroups;
  if (a.boolean(0)) {
    if (!read_proc("/proc/self/cgroup", &file)) return failed("read", "/proc/self/cgroup");
    append_lines(file, is_of_version_1, &cgroups);
  }
  return answer(Record{{"attributes", digest_of(found)}, {"otherCgroups", cgroups.empty() ? cgroups : digest_of(cgroups)}});
}

}  // namespace tsrun::entries
