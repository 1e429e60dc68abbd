#include <linux/prctl.h>

#include "../../steps.h"

namespace tsrun::init::steps {

Result personality(State& state, const operations::Personality& o) {
  const long result = sys::call(__NR_personality, o.persona());
  return result < 0 ? failed(state, Step::kNone, result) : kDone;
}

Result parent_death_signal(State& state, const operations::ParentDeathSignal& o) {
  const long result = sys::call(__NR_prctl, PR_SET_PDEATHSIG, o.signal(), 0, 0, 0);
  return result < 0 ? failed(state, Step::kNone, result) : kDone;
}

// As in runc: a program that opens /dev/stdout to write must own the standard streams.
Result standard_streams(State& state, const operations::StandardStreams& o) {
  const int64_t uid = o.uid();
  constexpr unsigned kTypeMask = 0170000, kCharacter = 0020000, kDirectory = 0040000;
  for (int fd = 0; fd < 3; ++fd) {
    struct statx status;
    long result = sys::stat(fd, status);
    if (result < 0) return failed(state, Step::kVerify, result, text_of("standard stream"));
    // A directory of the host would be a way out, by /proc/self/fd/0/.. (CVE-2024-21626). tsrun has checked, too.
    if ((status.stx_mode & kTypeMask) == kDirectory) return failed(state, Step::kVerify, -EISDIR, text_of("standard stream"));
    const bool null = (status.stx_mode & kTypeMask) == kCharacter && status.stx_rdev_major == 1 && status.stx_rdev_minor == 3;
    if (null || status.stx_uid == static_cast<uint64_t>(uid)) continue;
    result = sys::call(__NR_fchown, fd, uid, -1);
    // The file belongs to another user, the user is not mapped, or the file system is read-only: use the stream as it is.
    if (result == 0 || result == -EPERM || result == -EINVAL || result == -EROFS) continue;
    return failed(state, Step::kOwner, result);
  }
  return kDone;
}

}  // namespace tsrun::init::steps
