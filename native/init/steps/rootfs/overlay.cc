#include <linux/mount.h>

#include "../../files/attach.h"
#include "../../files/context.h"
#include "../../files/procfs.h"
#include "../../files/resolve.h"
#include "../../steps.h"

namespace tsrun::init::steps {
namespace {

// Layers are named self/fd/N, relative to the host's procfs, which is the current directory meanwhile: overlay takes only paths, and splits
// or unescapes them at commas, colons and backslashes (Documentation/filesystems/overlayfs.rst).
constexpr uint32_t kMostLayers = 500;  // OVL_MAX_STACK of fs/overlayfs/params.h

struct Layers {
  int lowers[kMostLayers];
  uint32_t count = 0;
  Fd upper, work;
  ~Layers() {
    for (uint32_t i = 0; i < count; ++i) sys::close(lowers[i]);
  }
};

Result open_lowers(State& state, const Text& list, Layers& layers) {
  plan::Entries entries(list);
  for (Text entry; entries.next(entry);) {
    if (layers.count == kMostLayers) return failed(state, Step::kSource, -E2BIG, entry);
    const long result = sys::open(AT_FDCWD, entry.data, O_PATH | O_DIRECTORY);
    if (result < 0) return failed(state, Step::kSource, result, entry);
    layers.lowers[layers.count++] = static_cast<int>(result);
  }
  return layers.count > 0 ? kDone : failed(state, Step::kSource, -EINVAL);
}

// The options of the mount, apart from the layers.
struct Options {
  // In a user namespace: only attributes and owners that it may set.
  bool user_attributes;
  const Text& label;
  // MOUNT_ATTR_*, which for these four equal MS_* and ST_*.
  uint64_t attributes;
};
constexpr uint64_t kKept = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
static_assert(MOUNT_ATTR_RDONLY == MS_RDONLY && kKept == (MS_NOSUID | MS_NODEV | MS_NOEXEC));

constexpr unsigned kTypeMask = 0170000, kDirectory = 0040000, kPermissions = 07777;

// Follows no symlink.
Result open_directory(State& state, int at, const char* name, Fd& directory, bool& made) {
  long result = sys::mkdir(at, name, 0700);
  made = result == 0;
  struct statx status;
  if (result == 0 || result == -EEXIST) result = open_name(at, name, directory);
  if (result >= 0) result = sys::stat(directory.get(), status);
  if (result >= 0 && (status.stx_mode & kTypeMask) != kDirectory) result = -ENOTDIR;
  return result < 0 ? failed(state, Step::kCreate, result, text_of(name)) : kDone;
}

// The id by which a user namespace shows ids that are not mapped in it.
int64_t overflow_id(State& state, const char* path) {
  const Fd fd(open_in_procfs(state, path, O_RDONLY));
  char digits[16];
  const long size = fd.valid() ? sys::read(fd.get(), digits, sizeof digits) : 0;
  int64_t id = 0;
  for (long i = 0; i < size && digits[i] >= '0' && digits[i] <= '9'; ++i) id = id * 10 + (digits[i] - '0');
  return id;
}

// The container's root directory is that of the upper layer, so make it look like that of the topmost lower layer. An unmapped owner
// appears as the overflow id, which a real user may have, too. The directory then stays ours, because otherwise that user could write to
// it.
Result imitate(State& state, int lower, const Options& options, const Fd& upper) {
  const Text about = text_of("upper");
  constexpr int64_t kSame = -1;
  struct statx status;
  long result = sys::stat(lower, status);
  if (result < 0) return failed(state, Step::kOwner, result, about);
  int64_t uid = status.stx_uid;
  int64_t gid = status.stx_gid;
  if (options.user_attributes && uid == overflow_id(state, "sys/kernel/overflowuid")) uid = kSame;
  if (options.user_attributes && gid == overflow_id(state, "sys/kernel/overflowgid")) gid = kSame;
  result = sys::chown(upper.get(), uid, gid);
  if (result < 0) return failed(state, Step::kOwner, result, about);
  result = change_mode(state, upper.get(), status.stx_mode & kPermissions);
  return result < 0 ? failed(state, Step::kMode, result, about) : kDone;
}

Result open_upper(State& state, int at, const Options& options, Layers& layers) {
  bool made = false;
  bool work_made = false;
  Result result = open_directory(state, at, "upper", layers.upper, made);
  if (!result.failed() && made) result = imitate(state, layers.lowers[0], options, layers.upper);
  return result.failed() ? result : open_directory(state, at, "work", layers.work, work_made);
}

bool is_empty(int directory) {
  sys::call(__NR_lseek, directory, 0, 0);
  // "." and ".." take 24 bytes each (getdents(2)); even a longer name fits beside them.
  alignas(8) char entries[512];
  return sys::call(__NR_getdents64, directory, entries, sizeof entries) <= 48;
}

// The container may write set-user-id files, so nobody else may reach the storage. An empty directory is made private, as initdb(1) does. A
// non-empty one that is not private is rejected, because its purpose is unknown. The path has no symlinks (realpath), and the lock is held
// until the overlay is mounted.
Result open_storage(State& state, const Text& path, Fd& storage) {
  open_how how = {};
  how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_NO_SYMLINKS;
  struct statx status;
  long result = storage.take(sys::open(AT_FDCWD, path.data, how));
  if (result < 0) return failed(state, Step::kResolve, result, path);
  // Lock first, so that files which another creation makes in it are not taken for somebody else's.
  constexpr int kExclusive = 2, kDoNotWait = 4;  // LOCK_EX, LOCK_NB
  result = sys::call(__NR_flock, storage.get(), kExclusive | kDoNotWait);
  if (result < 0) return failed(state, Step::kVerify, result == -EAGAIN ? -EBUSY : result, path);
  result = sys::stat(storage.get(), status);
  if (result < 0) return failed(state, Step::kResolve, result, path);
  constexpr unsigned kSearchableByOthers = 0011;
  if (status.stx_uid != static_cast<uint64_t>(sys::call(__NR_geteuid))) return failed(state, Step::kVerify, -EACCES, path);
  if ((status.stx_mode & kSearchableByOthers) == 0) return kDone;
  if (!is_empty(storage.get())) return failed(state, Step::kVerify, -EACCES, path);
  result = sys::call(__NR_fchmod, storage.get(), 0700);
  if (result < 0) return failed(state, Step::kMode, result, path);
  // A process that may write there could create the upper layer between the two calls.
  return is_empty(storage.get()) ? kDone : failed(state, Step::kVerify, -EACCES, path);
}

// Whether another overlay uses the upper layer. The kernel knows this, but reports it only if the index is on (ovl_report_in_use() in
// fs/overlayfs/super.c). So configure an overlay with an index, and discard it. Other errors of it do not matter here.
bool is_in_use(State& state, const Layers& layers, const Options& options) {
  Context probe(state);
  Result result = probe.open("overlay");
  if (!result.failed()) result = probe.set("lowerdir", OwnPath(layers.lowers[0]).c_str());
  if (!result.failed()) result = probe.set("upperdir", OwnPath(layers.upper.get()).c_str());
  if (!result.failed()) result = probe.set("workdir", OwnPath(layers.work.get()).c_str());
  if (!result.failed()) result = probe.set("index", "on");
  if (!result.failed() && options.user_attributes) result = probe.option(text_of("userxattr"));
  if (!result.failed()) result = probe.create({});
  return result.error == EBUSY;
}

// Whether the mount is read-only, and not the file system. Nothing can write to a read-only file system anyway, and an overlay on such an
// image is a normal use.
bool is_readonly_mount(int directory) {
  Fd mount;
  struct mount_attr attributes = {};
  attributes.attr_clr = MOUNT_ATTR_RDONLY;
  struct statfs filesystem;
  long result = mount.take(clone_mount(directory, false));
  if (result >= 0) result = sys::call(__NR_mount_setattr, mount.get(), "", AT_EMPTY_PATH, &attributes, sizeof attributes);
  if (result >= 0) result = sys::statfs(mount.get(), filesystem);
  return result < 0 || (filesystem.f_flags & MS_RDONLY) == 0;
}

// Applies the restrictions of the mounts that the layers are on, which would hold without an overlay.
Result inherit(State& state, const Layers& layers, const Fd& storage, uint64_t& attributes) {
  struct statfs filesystem;
  for (uint32_t i = 0; i <= layers.count; ++i) {
    const int layer = i < layers.count ? layers.lowers[i] : storage.get();
    const long result = sys::statfs(layer, filesystem);
    if (result < 0) return failed(state, Step::kAttributes, result);
    const auto flags = static_cast<uint64_t>(filesystem.f_flags);
    attributes |= flags & kKept;
    // With several layers, the lower ones may well be read-only.
    if (layers.count == 1 && i == 0 && (flags & MS_RDONLY) != 0 && is_readonly_mount(layer)) attributes |= MOUNT_ATTR_RDONLY;
  }
  return kDone;
}

// The kernel requires the upper layer to be on a mount of this namespace, so attach it; the overlay will cover it.
Result mount_memory(State& state, uint64_t size, int target, const Text& about, Fd& memory) {
  Context context(state);
  Chars<24> bytes;
  bytes.add_number(static_cast<int64_t>(size));
  Result result = context.open("tmpfs");
  if (!result.failed()) result = context.set("source", "tsrun");
  if (!result.failed()) result = context.set("mode", "0700");
  if (!result.failed() && size > 0) result = context.set("size", bytes.c_str());
  if (!result.failed()) result = context.create(about);
  if (!result.failed()) result = context.mount(0, memory, about);
  return result.failed() ? result : attach(state, memory.get(), target, {}, about);
}

// Linux 6.7 and later take one layer at a time. Returns false if this kernel does not. 6.5 and 6.6 report that themselves. Earlier kernels
// store every fsconfig(2) parameter for the parser of mount(2), which rejects it at the end (legacy_parse_param() in fs/fs_context.c); they
// are recognized because they accept the option without a value, too.
bool add_lowers(Context& context, const Layers& layers) {
  if (!context.option(text_of("lowerdir+")).failed()) return false;
  for (uint32_t i = 0; i < layers.count; ++i) {
    if (context.set("lowerdir+", OwnPath(layers.lowers[i]).c_str()).failed()) return false;
  }
  return true;
}

Result by_context(Context& context, const Layers& layers, const Options& options, const Text& about, Fd& mount) {
  Result result = context.set("upperdir", OwnPath(layers.upper.get()).c_str());
  if (!result.failed()) result = context.set("workdir", OwnPath(layers.work.get()).c_str());
  if (!result.failed() && options.user_attributes) result = context.option(text_of("userxattr"));
  if (!result.failed() && !options.label.empty()) result = context.set("context", options.label.data);
  if (!result.failed()) result = context.create(about);
  return result.failed() ? result : context.mount(options.attributes, mount, about);
}

// For older kernels. Attaches immediately; the root of the new mount is found by its path.
Result by_mount_call(State& state, const Layers& layers, const Options& options, int target, const Text& about) {
  Path data;
  data.add("lowerdir=");
  for (uint32_t i = 0; i < layers.count; ++i) data.add(i == 0 ? "" : ":").add(OwnPath(layers.lowers[i]).text());
  data.add(",upperdir=").add(OwnPath(layers.upper.get()).text()).add(",workdir=").add(OwnPath(layers.work.get()).text());
  if (options.user_attributes) data.add(",userxattr");
  // Quoted, because it may contain commas.
  if (!options.label.empty()) data.add(",context=\"").add(options.label).add("\"");
  if (data.full()) return failed(state, Step::kOption, -E2BIG, about);
  const long result = sys::mount("overlay", OwnPath(target).c_str(), "overlay", options.attributes, data.c_str());
  return result < 0 ? failed(state, Step::kSuperblock, result, about) : kDone;
}

}  // namespace

Result overlay(State& state, const operations::Overlay& o) {
  const bool in_memory = o.memory();
  const Text& directory = o.directory();
  const Text& target = o.target();
  Options options = {o.userxattr(), o.label(), 0};
  Layers layers;
  Result result = open_lowers(state, o.lowers(), layers);
  if (result.failed()) return result;
  Fd place;
  const long opened = place.take(sys::open(AT_FDCWD, target.data, O_PATH | O_DIRECTORY));
  if (opened < 0) return failed(state, Step::kResolve, opened, target);
  if (state.shared) result = make_holder_private(state, place.get(), target);
  if (result.failed()) return result;
  Fd storage;
  if (in_memory) {
    result = mount_memory(state, o.size(), place.get(), target, storage);
  } else {
    result = open_storage(state, directory, storage);
  }
  if (!result.failed()) result = open_upper(state, storage.get(), options, layers);
  if (!result.failed()) result = inherit(state, layers, storage, options.attributes);
  if (result.failed()) return result;

  const int below = in_memory ? storage.get() : place.get();
  const InProcfs here(state);
  if (here.error() < 0) return failed(state, Step::kOpen, here.error(), text_of("/proc"));
  if (!in_memory && is_in_use(state, layers, options)) return failed(state, Step::kVerify, -EBUSY, directory);
  Context context(state);
  result = context.open("overlay");
  if (!result.failed()) result = context.set("source", "overlay");
  if (result.failed()) return result;
  if (add_lowers(context, layers)) {
    result = by_context(context, layers, options, target, state.overlay);
    if (!result.failed()) result = attach(state, state.overlay.get(), below, {}, target);
  } else {
    result = by_mount_call(state, layers, options, below, target);
    // Our root directory is still the one below; only `..` leads to the mount on top of it.
    const char* path = equal(target, text_of("/")) ? "/.." : target.data;
    const long root = result.failed() ? 0 : state.overlay.take(sys::open(AT_FDCWD, path, O_PATH | O_DIRECTORY));
    if (root < 0) return failed(state, Step::kResolve, root, target);
  }
  state.overlay_target = target;
  return result;
}

}  // namespace tsrun::init::steps
