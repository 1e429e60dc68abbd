#include <linux/prctl.h>

#include "../../files/procfs.h"
#include "../../steps.h"
#include "../../undumpable.h"

namespace tsrun::init::steps {
namespace {

// In a user namespace where setgroups(2) is denied, additional groups give no rights that matter (user_namespaces(7)), so it is fine not to
// drop them.
bool setgroups_denied(State& state) {
  const Fd fd(open_own(state, "setgroups", O_RDONLY));
  char word[4] = {};
  return fd.valid() && sys::read(fd.get(), word, sizeof word) == sizeof word && memcmp(word, "deny", sizeof word) == 0;
}

Result set_groups(State& state, const Text& groups) {
  const uint32_t count = groups.size / sizeof(uint32_t);
  // The plan's text may be unaligned; the kernel copies bytes.
  const long result = sys::call(__NR_setgroups, count, groups.data);
  if (result == 0 || (result == -EPERM && count == 0 && setgroups_denied(state))) return kDone;
  return failed(state, Step::kGroups, result);
}

}  // namespace

Result user(State& state, const operations::User& o) {
  const int64_t uid = o.uid();
  const int64_t gid = o.gid();
  const int64_t mask = o.umask();
  const bool with_groups = o.set_groups();
  if (mask >= 0) sys::call(__NR_umask, mask);
  if (with_groups) {
    const Result result = set_groups(state, o.groups());
    if (result.failed()) return result;
  }
  // Changing from user 0 would clear the permitted capabilities, from which kCapabilities chooses. The next execve(2) resets this flag.
  long result = sys::call(__NR_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0);
  if (result < 0) return failed(state, Step::kCapset, result);
  result = sys::call(__NR_setresgid, gid, gid, gid);
  if (result < 0) return failed(state, Step::kGid, result);
  result = sys::call(__NR_setresuid, uid, uid, uid);
  if (result < 0) return failed(state, Step::kUid, result);
  // When the user changed, the kernel set the dumpable flag from fs.suid_dumpable, which may be 1 (proc(5)).
  if (uid != 0 || gid != 0) become_undumpable();
  return kDone;
}

}  // namespace tsrun::init::steps
