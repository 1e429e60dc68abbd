#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "../../core/seccomp/seccomp_profile.h"
#include "../../core/seccomp/seccomp_stub.h"
#include "check.h"

namespace tsrun::test {
namespace {

#ifdef __x86_64__
constexpr uint32_t kNative = AUDIT_ARCH_X86_64;
#else
constexpr uint32_t kNative = AUDIT_ARCH_AARCH64;
#endif

struct Writer {
  Bytes bytes;
  Writer& u32(uint32_t value) { return number(value, 4); }
  Writer& u64(uint64_t value) { return number(value, 8); }
  Writer& name(const std::string& name) {
    u32(static_cast<uint32_t>(name.size()));
    bytes.insert(bytes.end(), name.begin(), name.end());
    return *this;
  }

 private:
  Writer& number(uint64_t value, int size) {
    for (int i = 0; i < size; ++i) bytes.push_back(static_cast<uint8_t>(value >> (8 * i)));
    return *this;
  }
};

// Allows everything that the tests do. It does not name getppid, and kill only with signal 0.
Bytes profile(uint32_t default_action) {
  Writer w;
  w.u32(seccomp::kMagic).u32(seccomp::kVersion).u32(default_action).u32(1).u32(kNative).u32(0);
  w.u32(6);
  for (const char* name : {"read", "exit_group", "getpid", "no_such_call", "prctl"}) w.u32(SECCOMP_RET_ALLOW).u32(0).name(name);
  // kill(any, 0): argument 1 equals (SCMP_CMP_EQ) zero.
  w.u32(SECCOMP_RET_ALLOW).u32(1).u32(1).u32(4).u64(0).u64(0).name("kill");
  return w.bytes;
}

void decoding() {
  const Bytes bytes = profile(SECCOMP_RET_ERRNO);
  seccomp::Profile decoded;
  check(seccomp::decode(bytes.data(), bytes.size(), decoded), "a profile is decoded");
  check(decoded.rules.size() == 6 && decoded.rules[5].name == "kill" && decoded.rules[5].conditions.size() == 1,
        "a decoded profile has all its rules");
  bool refused = true;
  for (size_t size = 0; size < bytes.size(); ++size) {
    const Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    seccomp::Profile ignored;
    refused = refused && !seccomp::decode(cut.data(), cut.size(), ignored);
  }
  check(refused, "a profile truncated anywhere is rejected");
  Bytes longer = bytes;
  longer.push_back(0);
  seccomp::Profile ignored;
  check(!seccomp::decode(longer.data(), longer.size(), ignored), "a profile with additional bytes is rejected");
  check(error_of(invoke("compileSeccomp", {Bytes{1, 2, 3}})) != 0, "bytes that are not a profile are rejected");
}

void stubs() {
  check(!seccomp::needs_stub(SECCOMP_RET_ALLOW) && !seccomp::needs_stub(SECCOMP_RET_LOG) && !seccomp::needs_stub(SECCOMP_RET_TRACE) &&
            !seccomp::needs_stub(SECCOMP_RET_ERRNO | ENOSYS),
        "what lets newer calls through needs no stub");
  check(seccomp::needs_stub(SECCOMP_RET_ERRNO | EPERM) && seccomp::needs_stub(SECCOMP_RET_KILL_PROCESS), "what denies them does");
  check(seccomp::stub({}).empty(), "without an architecture there is no stub");
}

#ifdef TSRUN_SECCOMP
enum Probe { kAllowed = 1, kDenied = 2, kConditionMet = 4, kConditionNot = 8, kNewer = 16, kLoaded = 32 };

// In its own process, loads the filter. Returns which probes had the expected result.
int probe(const Bytes& filter) {
  const int pid = ::fork();
  if (pid != 0) return ended(pid);
  sock_fprog program = {};
  program.len = static_cast<unsigned short>(filter.size() / sizeof(sock_filter));
  program.filter = reinterpret_cast<sock_filter*>(const_cast<uint8_t*>(filter.data()));
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  int good = 0;
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0) good |= kLoaded;
  if (::syscall(SYS_getpid) > 0) good |= kAllowed;
  if (::syscall(SYS_close, 1000) == -1 && errno == EPERM) good |= kDenied;
  if (::syscall(SYS_kill, 1 << 30, 0) == -1 && errno == ESRCH) good |= kConditionMet;
  if (::syscall(SYS_kill, 1 << 30, 1) == -1 && errno == EPERM) good |= kConditionNot;
  if (::syscall(5000) == -1 && errno == ENOSYS) good |= kNewer;
  ::syscall(SYS_exit_group, good);
  return 0;
}

void filters() {
  const Bytes filter = bytes_of(invoke("compileSeccomp", {profile(SECCOMP_RET_ERRNO | EPERM)}));
  const int good = probe(filter);
  check((good & kLoaded) != 0, "the kernel accepts the filter");
  check((good & kAllowed) != 0 && (good & kDenied) != 0, "named calls are allowed and others are not");
  check((good & kConditionMet) != 0 && (good & kConditionNot) != 0, "a condition on an argument is checked");
  check((good & kNewer) != 0, "calls newer than the profile fail with ENOSYS");
}
#endif

}  // namespace

void seccomp_tests() {
  decoding();
  stubs();
#ifdef TSRUN_SECCOMP
  filters();
#endif
}

}  // namespace tsrun::test
