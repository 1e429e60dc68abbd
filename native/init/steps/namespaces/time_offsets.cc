#include <linux/magic.h>
#include <linux/sched.h>

#include "../../files/procfs.h"
#include "../../steps.h"

namespace tsrun::init::steps {

// unshare(2) only chooses the namespace of children. A single-threaded process may then enter it itself, once the offsets are set, which is
// possible only while the namespace is empty (time_namespaces(7)).
Result time_offsets(State& state, const operations::TimeOffsets& o) {
  long result = sys::call(__NR_unshare, CLONE_NEWTIME);
  if (result < 0) return failed(state, Step::kUnshare, result);
  if (!o.offsets().empty()) {
    const Result written = write_own(state, "timens_offsets", o.offsets());
    if (written.failed()) return written;
  }
  // The last component is a magic link, which only a plain openat(2) follows, so open its directory first.
  const Fd directory(open_own(state, "ns", O_RDONLY | O_DIRECTORY));
  Fd made;
  struct statfs filesystem;
  result = made.take(sys::open(directory.get(), "time_for_children", O_RDONLY));
  if (result >= 0) result = sys::statfs(made.get(), filesystem);
  if (result < 0) return failed(state, Step::kOpen, result, text_of("time_for_children"));
  if (filesystem.f_type != NSFS_MAGIC) return failed(state, Step::kVerify, -EXDEV, text_of("time_for_children"));
  result = sys::call(__NR_setns, made.get(), CLONE_NEWTIME);
  return result < 0 ? failed(state, Step::kSetns, result) : kDone;
}

}  // namespace tsrun::init::steps
