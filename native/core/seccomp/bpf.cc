// Device rules of cgroup v2: an eBPF program on the container's cgroup (bpf(2), Documentation/admin-guide/cgroup-v2.rst "Device
// controller").
#include <linux/bpf.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <vector>

#include "../fd.h"
#include "../files/entries.h"
#include "../outcome.h"

namespace tsrun::entries {
namespace {

constexpr size_t kLogSize = 64 << 10;
constexpr size_t kLogTail = 512;
// BPF_CGROUP_MAX_PROGS of the kernel: the maximum for one cgroup.
constexpr size_t kMaxPrograms = 64;

// More than libbpf's number of attempts: while a signal is pending, the verifier gives up with EAGAIN (do_check() of the kernel).
constexpr int kAttempts = 64;

int bpf(int command, bpf_attr& attributes) {
  int result;
  int attempts = 0;
  do {
    result = static_cast<int>(::syscall(SYS_bpf, command, &attributes, sizeof attributes));
  } while (result < 0 && (errno == EAGAIN || errno == EINTR) && ++attempts < kAttempts);
  return result;
}

uint64_t pointer(const void* address) { return reinterpret_cast<uint64_t>(address); }

// Blocks signals, because the verifier gives up with EAGAIN while one is pending (do_check() of the kernel), which is always so in a
// program that is being profiled.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_ = {};
};

Fd load(const Bytes& program, char* log, size_t log_size) {
  bpf_attr attributes = {};
  attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  attributes.insn_cnt = static_cast<uint32_t>(program.size() / sizeof(bpf_insn));
  attributes.insns = pointer(program.data());
  attributes.license = pointer("Apache-2.0");
  attributes.log_level = log != nullptr ? 1 : 0;
  attributes.log_buf = pointer(log);
  attributes.log_size = static_cast<uint32_t>(log_size);
  const SignalsBlocked blocked;
  return Fd(bpf(BPF_PROG_LOAD, attributes));
}

// Raises RLIMIT_MEMLOCK while an instance lives: before 5.11, programs are charged to it, and it is small by default.
class MemoryLockRaised {
 public:
  MemoryLockRaised() : known_(::getrlimit(RLIMIT_MEMLOCK, &before_) == 0) {
    const rlimit infinite = {RLIM_INFINITY, RLIM_INFINITY};
    if (known_) raised_ = ::setrlimit(RLIMIT_MEMLOCK, &infinite) == 0;
  }
  ~MemoryLockRaised() {
    const int kept = errno;
    if (raised_) ::setrlimit(RLIMIT_MEMLOCK, &before_);
    errno = kept;
  }
  MemoryLockRaised(const MemoryLockRaised&) = delete;
  MemoryLockRaised& operator=(const MemoryLockRaised&) = delete;

 private:
  rlimit before_ = {};
  bool known_;
  bool raised_ = false;
};

Outcome load_or_explain(const Bytes& program, Fd& into) {
  into = load(program, nullptr, 0);
  if (into.valid()) return done();
  if (errno == EPERM) {
    const MemoryLockRaised raised;
    into = load(program, nullptr, 0);
    if (into.valid()) return done();
  }
  const int error = errno;
  // The program is too long or too complex: more than a million instructions (E2BIG) or 8192 pending branches (EFAULT, from push_stack).
  // The verifier's log would add nothing, and asking for it takes as long again.
  if (error == E2BIG || error == EFAULT) return Failure{error, "BPF_PROG_LOAD", ""};
  std::vector<char> log(kLogSize);
  into = load(program, log.data(), log.size());
  if (into.valid()) return done();
  std::string text(log.data(), ::strnlen(log.data(), log.size()));
  if (text.size() > kLogTail) text.erase(0, text.size() - kLogTail);
  return Failure{error, "BPF_PROG_LOAD", text};
}

// Lists the programs attached to this cgroup itself, not to its ancestors. Returns false with errno.
bool attached(int cgroup, std::vector<Fd>& programs) {
  uint32_t ids[kMaxPrograms] = {};
  bpf_attr query = {};
  query.query.target_fd = static_cast<uint32_t>(cgroup);
  query.query.attach_type = BPF_CGROUP_DEVICE;
  query.query.prog_ids = pointer(ids);
  query.query.prog_cnt = kMaxPrograms;
  if (bpf(BPF_PROG_QUERY, query) < 0) return false;
  for (uint32_t i = 0; i < query.query.prog_cnt; ++i) {
    bpf_attr by_id = {};
    by_id.prog_id = ids[i];
    Fd program(bpf(BPF_PROG_GET_FD_BY_ID, by_id));
    // ENOENT means that the program was removed meanwhile.
    if (program.valid()) {
      programs.push_back(std::move(program));
    } else if (errno != ENOENT) {
      return false;
    }
  }
  return true;
}

}  // namespace

Outcome load_device_program(const Arguments& a) {
  const Bytes& program = a.bytes(0);
  if (program.empty() || program.size() % sizeof(bpf_insn) != 0) return Failure{EINVAL, "BPF_PROG_LOAD", "not a list of instructions"};
  Fd loaded;
  Outcome outcome = load_or_explain(program, loaded);
  return std::holds_alternative<Failure>(outcome) ? outcome : answer_fd(loaded.release());
}

Outcome attach_device_program(const Arguments& a) {
  const int cgroup = a.fd(0);
  const int program = a.fd(1);
  const bool replace = a.boolean(2);
  std::vector<Fd> old;
  if (replace && !attached(cgroup, old)) return failed_on("BPF_PROG_QUERY", cgroup);

  bpf_attr attach = {};
  attach.target_fd = static_cast<uint32_t>(cgroup);
  attach.attach_bpf_fd = static_cast<uint32_t>(program);
  attach.attach_type = BPF_CGROUP_DEVICE;
  attach.attach_flags = BPF_F_ALLOW_MULTI;
  // One old program is replaced atomically. If there are more, attach the new one first, so that the cgroup is never without rules.
  const bool exchange = old.size() == 1;
  if (exchange) {
    attach.attach_flags |= BPF_F_REPLACE;
    attach.replace_bpf_fd = static_cast<uint32_t>(old[0].get());
  }
  if (bpf(BPF_PROG_ATTACH, attach) < 0) return failed_on("BPF_PROG_ATTACH", cgroup);
  if (exchange) return done();
  for (const Fd& each : old) {
    bpf_attr detach = {};
    detach.target_fd = static_cast<uint32_t>(cgroup);
    detach.attach_bpf_fd = static_cast<uint32_t>(each.get());
    detach.attach_type = BPF_CGROUP_DEVICE;
    if (bpf(BPF_PROG_DETACH, detach) < 0 && errno != ENOENT) return failed_on("BPF_PROG_DETACH", cgroup);
  }
  return done();
}

}  // namespace tsrun::entries
