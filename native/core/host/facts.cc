// Facts about this process and its host.
#include <sched.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <vector>

#include "../files/entries.h"
#include "../outcome.h"

namespace tsrun::entries {
namespace {

constexpr size_t kMaxCpus = 1 << 16;

// Formats the set bits as a cpuset(7) list: "0-3,8".
std::string cpu_list(const std::vector<unsigned long>& mask, size_t bits) {
  constexpr size_t kWord = 8 * sizeof(unsigned long);
  const auto has = [&](size_t cpu) { return cpu < bits && (mask[cpu / kWord] >> (cpu % kWord) & 1) != 0; };
  std::string list;
  for (size_t first = 0; first < bits; ++first) {
    if (!has(first)) continue;
    size_t last = first;
    while (has(last + 1)) ++last;
    if (!list.empty()) list += ',';
    list += std::to_string(first);
    if (last > first) list += '-' + std::to_string(last);
    first = last;
  }
  return list;
}

}  // namespace

Outcome ids(const Arguments&) {
  return answer(Record{{"pid", int64_t{::getpid()}},
                       {"uid", int64_t{::getuid()}},
                       {"euid", int64_t{::geteuid()}},
                       {"egid", int64_t{::getegid()}},
                       {"secure", ::getauxval(AT_SECURE) != 0}});
}

Outcome variable(const Arguments& a) {
  const char* value = ::getenv(a.text(0).c_str());
  return value == nullptr ? answer(Null{}) : answer(std::string(value));
}

Outcome uname(const Arguments&) {
  utsname names = {};
  if (::uname(&names) < 0) return failed("uname");
  return answer(Record{{"release", std::string(names.release)},
                       {"machine", std::string(names.machine)},
                       {"hostname", std::string(names.nodename)},
                       {"domainname", std::string(names.domainname)}});
}

Outcome working_directory(const Arguments&) {
  char* path = ::getcwd(nullptr, 0);
  if (path == nullptr) return failed("getcwd");
  std::string text(path);
  std::free(path);
  // For a directory outside our root the kernel returns "(unreachable)/..." (getcwd(3)), which must not be taken for a relative path.
  if (text.empty() || text[0] != '/') return Failure{ENOENT, "getcwd", text};
  return answer(std::move(text));
}

Outcome clock(const Arguments&) {
  constexpr int64_t kNanosecondsPerMillisecond = 1000000;
  timespec realtime = {};
  timespec monotonic = {};
  if (::clock_gettime(CLOCK_REALTIME, &realtime) < 0 || ::clock_gettime(CLOCK_MONOTONIC, &monotonic) < 0) return failed("clock_gettime");
  return answer(Record{{"realtime", realtime.tv_sec * int64_t{1000} + realtime.tv_nsec / kNanosecondsPerMillisecond},
                       {"nanoseconds", realtime.tv_nsec % kNanosecondsPerMillisecond},
                       {"monotonic", static_cast<double>(monotonic.tv_sec) * 1e9 + static_cast<double>(monotonic.tv_nsec)}});
}

Outcome cpu_affinity(const Arguments&) {
  // Fails with EINVAL while the mask is shorter than the kernel's (sched_getaffinity(2)).
  for (size_t bits = 1024; bits <= kMaxCpus; bits *= 2) {
    std::vector<unsigned long> mask(bits / (8 * sizeof(unsigned long)));
    const size_t size = mask.size() * sizeof(unsigned long);
    if (::sched_getaffinity(0, size, reinterpret_cast<cpu_set_t*>(mask.data())) == 0) return answer(cpu_list(mask, bits));
    if (errno != EINVAL) break;
  }
  return failed("sched_getaffinity");
}

Outcome become_subreaper(const Arguments&) {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0) return failed("prctl", "PR_SET_CHILD_SUBREAPER");
  return done();
}

Outcome resign_subreaper(const Arguments&) {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0) < 0) return failed("prctl", "PR_SET_CHILD_SUBREAPER");
  return done();
}

Outcome capabilities(const Arguments&) {
  // Use prctl(2): the same information in /proc would take opening and reading two files.
  int64_t bounding = 0;
  int last = -1;
  for (int capability = 0; capability < 63; ++capability) {
    const int held = ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
    if (held < 0) break;
    last = capability;
    if (held == 1) bounding |= int64_t{1} << capability;
  }
  return answer(Record{{"bounding", bounding}, {"last", int64_t{last}}});
}

}  // namespace tsrun::entries
