// Compiles profiles into filters with libseccomp, whose tables know the system calls of every architecture.
#include "../files/entries.h"
#include "../outcome.h"

#ifdef TSRUN_SECCOMP

#include <seccomp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "../fd.h"
#include "seccomp_profile.h"
#include "seccomp_stub.h"

namespace tsrun::entries {
namespace {

using seccomp::Newest;
using seccomp::Profile;
using seccomp::Rule;

struct Release {
  void operator()(void* context) const { ::seccomp_release(context); }
};
using Context = std::unique_ptr<void, Release>;

// libseccomp returns -errno.
Failure refused(int result, const char* call, const std::string& subject) { return Failure{-result, call, subject}; }

Outcome add_rule(scmp_filter_ctx context, const Rule& rule) {
  const int number = ::seccomp_syscall_resolve_name(rule.name.c_str());
  // No architecture that this libseccomp knows has such a call; runc and crun ignore it, too.
  if (number == __NR_SCMP_ERROR) return done();
  scmp_arg_cmp conditions[seccomp::kMaxConditions] = {};
  for (size_t i = 0; i < rule.conditions.size(); ++i) {
    const seccomp::Condition& c = rule.conditions[i];
    conditions[i] = {c.argument, static_cast<scmp_compare>(c.compare), c.value, c.second};
  }
  const int result = ::seccomp_rule_add_array(context, rule.action, number, static_cast<unsigned>(rule.conditions.size()), conditions);
  if (result < 0) return refused(result, "seccomp_rule_add", rule.name);
  return done();
}

Outcome fill(scmp_filter_ctx context, const Profile& profile) {
  for (const uint32_t architecture : profile.architectures) {
    const int result = ::seccomp_arch_add(context, architecture);
    // The native architecture is present from the start.
    if (result < 0 && result != -EEXIST) return refused(result, "seccomp_arch_add", std::to_string(architecture));
  }
  if (profile.options & seccomp::kBinaryTree) {
    const int result = ::seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (result < 0) return refused(result, "seccomp_attr_set", "SCMP_FLTATR_CTL_OPTIMIZE");
  }
  for (const Rule& rule : profile.rules) {
    // libseccomp rejects a rule whose action is the default action.
    if (rule.action == profile.default_action) continue;
    Outcome outcome = add_rule(context, rule);
    if (std::holds_alternative<Failure>(outcome)) return outcome;
  }
  return done();
}

Outcome exported(scmp_filter_ctx context, std::vector<sock_filter>& code) {
  const Fd file(::memfd_create("seccomp", MFD_CLOEXEC));
  if (!file.valid()) return failed("memfd_create", "seccomp");
  const int result = ::seccomp_export_bpf(context, file.get());
  if (result < 0) return refused(result, "seccomp_export_bpf", "");
  struct stat s = {};
  if (::fstat(file.get(), &s) < 0) return failed("fstat", "seccomp");
  code.resize(static_cast<size_t>(s.st_size) / sizeof(sock_filter));
  const auto size = static_cast<ssize_t>(code.size() * sizeof(sock_filter));
  const ssize_t count = uninterrupted([&] { return ::pread(file.get(), code.data(), static_cast<size_t>(size), 0); });
  if (count < 0) return failed("pread", "seccomp");
  if (count != size) return Failure{EIO, "pread", "seccomp"};
  return done();
}

std::vector<Newest> newest_of(const Profile& profile) {
  std::vector<uint32_t> architectures = {::seccomp_arch_native()};
  for (const uint32_t architecture : profile.architectures) {
    if (std::find(architectures.begin(), architectures.end(), architecture) == architectures.end()) architectures.push_back(architecture);
  }
  std::vector<Newest> all;
  for (const uint32_t architecture : architectures) {
    int newest = -1;
    for (const Rule& rule : profile.rules) {
      // Negative if the architecture has no such call of its own.
      newest = std::max(newest, ::seccomp_syscall_resolve_name_arch(architecture, rule.name.c_str()));
    }
    if (newest >= 0) all.push_back({architecture, static_cast<uint32_t>(newest)});
  }
  return all;
}

}  // namespace

Outcome compile_seccomp(const Arguments& a) {
  Profile profile;
  if (!seccomp::decode(a.bytes(0).data(), a.bytes(0).size(), profile)) return Failure{EBADMSG, "compileSeccomp", "profile"};
  const Context context(::seccomp_init(profile.default_action));
  if (!context) return Failure{EINVAL, "seccomp_init", std::to_string(profile.default_action)};
  Outcome outcome = fill(context.get(), profile);
  if (std::holds_alternative<Failure>(outcome)) return outcome;
  std::vector<sock_filter> filter;
  outcome = exported(context.get(), filter);
  if (std::holds_alternative<Failure>(outcome)) return outcome;
  if (seccomp::needs_stub(profile.default_action)) {
    const std::vector<sock_filter> stub = seccomp::stub(newest_of(profile));
    filter.insert(filter.begin(), stub.begin(), stub.end());
  }
  // The kernel's limit for a filter (bpf_check_basics_ok).
  if (filter.size() > BPF_MAXINSNS) return Failure{E2BIG, "compileSeccomp", "profile"};
  Bytes bytes(filter.size() * sizeof(sock_filter));
  std::memcpy(bytes.data(), filter.data(), bytes.size());
  return answer(std::move(bytes));
}

}  // namespace tsrun::entries

#else

namespace tsrun::entries {

Outcome compile_seccomp(const Arguments&) { return Failure{ENOTSUP, "compileSeccomp", "libseccomp"}; }

}  // namespace tsrun::entries

#endif
