#include <linux/magic.h>
#include <linux/mount.h>

#include "../../files/attach.h"
#include "../../files/context.h"
#include "../../files/copy_up.h"
#include "../../files/host_mounts.h"
#include "../../files/label.h"
#include "../../files/procfs.h"
#include "../../files/resolve.h"
#include "../../report.h"
#include "../../steps.h"

namespace tsrun::init::steps {
namespace {

using plan::MountOption;

constexpr unsigned kTypeMask = 0170000, kDirectory = 0040000, kSymlink = 0120000;

struct Order {
  explicit Order(const operations::Mount& o)
      : options(o.options()),
        superblock(o.superblock()),
        attributes{o.set(), o.clear(), o.recursive_set(), o.recursive_clear()},
        propagation(o.propagation()),
        idmap(o.idmap()),
        type(o.type()),
        source(o.source()),
        destination(o.destination()),
        data(o.data()) {}
  bool has(MountOption option) const { return (options & static_cast<uint32_t>(option)) != 0; }

  uint32_t options;
  uint64_t superblock;
  Attributes attributes;
  uint64_t propagation;
  int64_t idmap;
  Text type, source, destination, data;
};

// Mounting over a file of procfs deceives its writers, such as a runtime that sets a security label (CVE-2019-16884). TypeScript
// has checked the text of the destination, but an image can make any component of it a symlink. A procfs that is reached without a symlink
// was mounted by the configuration (a bind of the host's /proc, or of its /), and may be used.
Result stay_out_of_procfs(State& state, const Order& order, Found& destination) {
  if (!destination.linked) return kDone;
  struct statfs filesystem;
  const long result = sys::statfs(destination.fd.get(), filesystem);
  if (result < 0) return failed(state, Step::kVerify, result, order.destination);
  if (filesystem.f_type != PROC_SUPER_MAGIC) return kDone;
  Lookup lookup;
  lookup.symlinks = false;
  const Result found = resolve(state, order.destination, lookup, destination);
  return found.failed() ? failed(state, Step::kVerify, -EPERM, order.destination) : kDone;
}

Result find_destination(State& state, const Order& order, Missing missing, Found& found) {
  Lookup lookup;
  lookup.missing = missing;
  lookup.follow = !order.has(MountOption::kDestinationNoFollow);
  lookup.symlinks = !order.has(MountOption::kNoSymlinks);
  Result result = resolve(state, order.destination, lookup, found);
  if (!result.failed() && !order.has(MountOption::kRemount)) result = refuse_root(state, order.destination, found);
  return result.failed() || order.has(MountOption::kIntoProcfs) ? result : stay_out_of_procfs(state, order, found);
}

Result finish(State& state, const Order& order, int mount, const Found& destination) {
  const Result result = attach(state, mount, destination.fd.get(), order.attributes, order.destination);
  return result.failed() ? result : change_propagation(state, mount, order.propagation, order.destination);
}

Result remount(State& state, const Order& order) {
  Found found;
  Result result = find_destination(state, order, Missing::kFail, found);
  if (result.failed()) return result;
  if (!order.has(MountOption::kBind) && (order.superblock != 0 || !order.data.empty())) {
    Context context(state);
    result = context.pick(found.fd.get(), order.destination);
    if (!result.failed()) result = context.flags(order.superblock);
    plan::Entries options(order.data);
    for (Text option; !result.failed() && options.next(option);) result = context.option(option);
    if (!result.failed()) result = context.reconfigure(order.destination);
  }
  if (!result.failed()) result = change_attributes(state, found.fd.get(), order.attributes, order.destination);
  return result.failed() ? result : change_propagation(state, found.fd.get(), order.propagation, order.destination);
}

// ---- binds ----

// crun's copy-symlink: if the source is a symlink, recreate it instead of mounting it.
Result copy_symlink(State& state, const Order& order, bool& done) {
  Fd link;
  struct statx status;
  long result = link.take(sys::open(AT_FDCWD, order.source.data, O_PATH | O_NOFOLLOW));
  if (result >= 0) result = sys::stat(link.get(), status);
  // tsrun follows a symlink that only the host can reach.
  if (result == -EACCES && order.has(MountOption::kFromHost)) return kDone;
  if (result < 0) return failed(state, Step::kSource, result, order.source);
  if ((status.stx_mode & kTypeMask) != kSymlink) return kDone;
  Path target;
  result = sys::readlink(link.get(), "", target.data(), Path::capacity());
  if (result < 0) return failed(state, Step::kSource, result, order.source);
  target.resize(static_cast<uint32_t>(result));
  Fd parent;
  const char* name = nullptr;
  const Result resolved = resolve_parent(state, order.destination, parent, name);
  if (resolved.failed()) return resolved;
  done = true;
  result = sys::symlink(target.c_str(), parent.get(), name);
  if (result == -EEXIST) {
    Path existing;
    const long size = sys::readlink(parent.get(), name, existing.data(), Path::capacity());
    if (size >= 0 && equal(existing.resize(static_cast<uint32_t>(size)).text(), target.text())) return kDone;
  }
  return result < 0 ? failed(state, Step::kCopy, result, order.destination) : kDone;
}

// tsrun has the rights that root in a user namespace lacks. It looks in our mount namespace, and takes the path from the plan.
Result ask_host(State& state, const Order& order, Fd& mount) {
  report(state, plan::MessageType::kSync, static_cast<int64_t>(plan::SyncPoint::kMountSource));
  const long result = await_descriptor(state, mount);
  return result < 0 ? failed(state, Step::kSource, result, order.source) : kDone;
}

unsigned source_flags(const Order& order) {
  return (order.has(MountOption::kRecursive) ? AT_RECURSIVE : 0) | (order.has(MountOption::kSourceNoFollow) ? AT_SYMLINK_NOFOLLOW : 0);
}

// Open the source only now, because an earlier mount may have created or covered it (if it cannot have, it may be open already).
Result open_source(State& state, const Order& order, Fd& mount) {
  if (order.idmap >= 0) return ask_host(state, order, mount);
  const long result = clone_next_source(state, order.source.data, source_flags(order), mount);
  if (result >= 0) return kDone;
  // EINVAL: the mounts below it are locked to it.
  const bool ask = order.has(MountOption::kFromHost) && (result == -EACCES || (result == -EINVAL && !order.has(MountOption::kRecursive)));
  return ask ? ask_host(state, order, mount) : failed(state, Step::kSource, result, order.source);
}

// A process that may write above the source could have put another file in its place.
Result prove_source(State& state, const struct statx& source, const Text& path) {
  if (!state.source_proof.valid()) return kDone;
  struct statx wanted;
  const long result = sys::stat(state.source_proof.get(), wanted);
  state.source_proof.reset();
  if (result < 0) return failed(state, Step::kSource, result, path);
  const bool same =
      wanted.stx_ino == source.stx_ino && wanted.stx_dev_major == source.stx_dev_major && wanted.stx_dev_minor == source.stx_dev_minor;
  return same ? kDone : failed(state, Step::kSource, -ESTALE, path);
}

Result bind(State& state, const Order& order) {
  if (order.has(MountOption::kCopySymlink) && order.idmap < 0) {
    bool done = false;
    const Result result = copy_symlink(state, order, done);
    if (result.failed() || done) return result;
  }
  Fd mount;
  const Result opened = open_source(state, order, mount);
  if (opened.failed()) return opened;
  struct statx status;
  const long result = sys::stat(mount.get(), status);
  if (result < 0) return failed(state, Step::kSource, result, order.source);
  const Result proved = prove_source(state, status, order.source);
  if (proved.failed()) return proved;
  const bool directory = (status.stx_mode & kTypeMask) == kDirectory;
  Found found;
  const Result resolved = find_destination(state, order, directory ? Missing::kMakeDirectory : Missing::kMakeFile, found);
  if (resolved.failed()) return resolved;
  const Result finished = finish(state, order, mount.get(), found);
  // The file of a mount namespace is mounted somewhere in it. A copy of the host's mounts does not have such files.
  if (finished.step != Step::kAttach || finished.error != ELOOP || !without_host_mounts(state)) return finished;
  const long again = clone_from_host(state, order.source.data, source_flags(order), mount);
  return again < 0 ? failed(state, Step::kSource, again, order.source) : finish(state, order, mount.get(), found);
}

// ---- new file systems ----

bool has_mode(const Text& data) {
  plan::Entries options(data);
  for (Text option; options.next(option);) {
    if (starts_with(option, text_of("mode="))) return true;
  }
  return false;
}

// A tmpfs over an existing directory keeps the directory's mode, so that /tmp stays writable for everyone, as in runc and crun.
Result keep_mode(State& state, const Found& found, Chars<16>& option) {
  struct statx status;
  const long result = sys::stat(found.fd.get(), status);
  if (result < 0) return failed(state, Step::kResolve, result);
  option.add("mode=");
  for (int shift = 9; shift >= 0; shift -= 3) option.add_number((status.stx_mode >> shift) & 7);
  return kDone;
}

// Whether an option is impossible with fsconfig(2): a value of 256 bytes or more, or a flag without a name.
bool needs_mount_call(const Order& order) {
  if (order.has(MountOption::kLabelRoot)) return false;
  if ((order.superblock & MS_I_VERSION) != 0) return true;
  plan::Entries options(order.data);
  for (Text option; options.next(option);) {
    const uint32_t split = find(option, '=');
    if (option.size - split > Context::kLongest + 1) return true;
  }
  return false;
}

uint64_t mount_flags(const Order& order) {
  const uint64_t set = order.attributes.set;
  uint64_t flags = order.superblock;
  if ((set & MOUNT_ATTR_RDONLY) != 0) flags |= MS_RDONLY;
  if ((set & MOUNT_ATTR_NOSUID) != 0) flags |= MS_NOSUID;
  if ((set & MOUNT_ATTR_NODEV) != 0) flags |= MS_NODEV;
  if ((set & MOUNT_ATTR_NOEXEC) != 0) flags |= MS_NOEXEC;
  if ((set & MOUNT_ATTR_NODIRATIME) != 0) flags |= MS_NODIRATIME;
  if ((set & MOUNT_ATTR_NOSYMFOLLOW) != 0) flags |= MS_NOSYMFOLLOW;
  const uint64_t atime = set & MOUNT_ATTR__ATIME;
  return flags | (atime == MOUNT_ATTR_NOATIME ? MS_NOATIME : atime == MOUNT_ATTR_STRICTATIME ? MS_STRICTATIME : MS_RELATIME);
}

// mount(2) takes a path, so use that of the open destination.
Result by_mount_call(State& state, const Order& order, const Found& found) {
  Path data;
  plan::Entries options(order.data);
  for (Text option; options.next(option);) {
    if (data.size() > 0) data.add(",");
    if (is_label(option)) {
      add_quoted(data, option);
    } else {
      data.add(option);
    }
  }
  if (data.full()) return failed(state, Step::kOption, -E2BIG, order.destination);
  {
    const InProcfs here(state);
    if (here.error() < 0) return failed(state, Step::kOpen, here.error(), text_of("/proc"));
    const char* source = order.source.empty() ? "none" : order.source.data;
    const long result = sys::mount(source, OwnPath(found.fd.get()).c_str(), order.type.data, mount_flags(order), data.c_str());
    if (result < 0) return failed(state, Step::kSuperblock, result, order.destination);
  }
  if (order.propagation == 0) return kDone;
  Found mounted;
  const Result result = find_destination(state, order, Missing::kFail, mounted);
  return result.failed() ? result : change_propagation(state, mounted.fd.get(), order.propagation, order.destination);
}

Result fill_context(Context& context, const Order& order, const char* mode) {
  Result result = context.open(order.type.data);
  if (!result.failed() && !order.source.empty() && order.source.size <= Context::kLongest)
    result = context.set("source", order.source.data);
  if (!result.failed()) result = context.flags(order.superblock);
  if (!result.failed() && *mode != '\0') result = context.option(text_of(mode));
  plan::Entries options(order.data);
  for (Text option; !result.failed() && options.next(option);) {
    if (!order.has(MountOption::kLabelRoot) || !is_label(option)) result = context.option(option);
  }
  return result.failed() ? result : context.create(order.destination);
}

Result new_filesystem(State& state, const Order& order) {
  Found found;
  Result result = find_destination(state, order, Missing::kMakeDirectory, found);
  if (result.failed()) return result;
  if (needs_mount_call(order)) return by_mount_call(state, order, found);

  Chars<16> mode;
  const bool tmpfs = equal(order.type, text_of("tmpfs"));
  if (tmpfs && !found.made && !has_mode(order.data)) result = keep_mode(state, found, mode);
  Context context(state);
  if (!result.failed()) result = fill_context(context, order, mode.c_str());
  Fd mount;
  const bool copies = order.has(MountOption::kCopyUp) && !found.made;
  Order rest = order;
  if (copies || order.has(MountOption::kLabelRoot)) {
    // The read-only flag is set last.
    if (!result.failed()) result = context.mount(0, mount, order.destination);
    if (!result.failed() && order.has(MountOption::kLabelRoot)) result = label_root(state, mount.get(), order.data);
    if (!result.failed() && copies) result = copy_up(state, found.fd.get(), mount.get(), order.destination);
  } else {
    if (!result.failed()) result = context.mount(order.attributes.set, mount, order.destination);
    rest.attributes.set = rest.attributes.clear = 0;
  }
  return result.failed() ? result : finish(state, rest, mount.get(), found);
}

}  // namespace

Result source_proof(State& state, const operations::SourceProof& o) {
  state.source_proof.reset(o.fd());
  return kDone;
}

Result mount(State& state, const operations::Mount& o) {
  const Order order(o);
  if (order.has(MountOption::kRemount)) return remount(state, order);
  if (order.has(MountOption::kBind)) return bind(state, order);
  return new_filesystem(state, order);
}

}  // namespace tsrun::init::steps
