#include <linux/mount.h>

#include "../attach.h"
#include "../context.h"
#include "../procfs.h"
#include "../steps.h"

namespace tsrun::init::steps {
namespace {

// Layers are named as self/fd/N below the host's procfs, which is the current directory meanwhile: overlay takes paths only, and splits or unescapes
// them at commas, colons and backslashes (Documentation/filesystems/overlayfs.rst).
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

Result open_directory(State& state, int at, const char* path, Fd& directory, bool& made) {
  long result = sys::mkdir(at, path, 0755);
  made = result == 0;
  if (result == 0 || result == -EEXIST) result = directory.take(sys::open(at, path, O_PATH | O_DIRECTORY));
  return result < 0 ? failed(state, Step::kCreate, result, text_of(path)) : kDone;
}

// The root of the container is that of the upper layer: it looks like that of the topmost lower one.
Result imitate(State& state, int lower, int at, const char* path, const Fd& upper) {
  constexpr unsigned kPermissions = 07777;
  struct statx status;
  long result = sys::stat(lower, status);
  if (result == 0) result = sys::chown(upper.get(), status.stx_uid, status.stx_gid);
  // Owners that are not mapped in the user namespace stay what they are.
  if (result == -EINVAL || result == -EPERM) result = 0;
  if (result < 0) return failed(state, Step::kOwner, result, text_of(path));
  result = sys::call(__NR_fchmodat, at, path, status.stx_mode & kPermissions);
  return result < 0 ? failed(state, Step::kMode, result, text_of(path)) : kDone;
}

Result open_upper(State& state, int at, Layers& layers) {
  bool made = false;
  bool work_made = false;
  Result result = open_directory(state, at, "upper", layers.upper, made);
  if (!result.failed() && made) result = imitate(state, layers.lowers[0], at, "upper", layers.upper);
  return result.failed() ? result : open_directory(state, at, "work", layers.work, work_made);
}

// The kernel wants the upper layer on a mount of this namespace, so it is attached; the overlay will cover it.
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

// Linux 6.7 and later take one layer at a time. False where this kernel does not: 6.5 and 6.6 say so. Before, fsconfig(2) keeps whatever it is told for the
// parser of mount(2), which refuses it at the end (legacy_parse_param() of fs/fs_context.c): known by that it takes the option without a value, too.
bool add_lowers(Context& context, const Layers& layers) {
  if (!context.option(text_of("lowerdir+")).failed()) return false;
  for (uint32_t i = 0; i < layers.count; ++i) {
    if (context.set("lowerdir+", OwnPath(layers.lowers[i]).c_str()).failed()) return false;
  }
  return true;
}

// What the two ways of mounting are told beside the layers.
struct Options {
  bool user_attributes;
  const Text& label;
};

Result by_context(Context& context, const Layers& layers, const Options& options, const Text& about, Fd& mount) {
  Result result = context.set("upperdir", OwnPath(layers.upper.get()).c_str());
  if (!result.failed()) result = context.set("workdir", OwnPath(layers.work.get()).c_str());
  if (!result.failed() && options.user_attributes) result = context.option(text_of("userxattr"));
  if (!result.failed() && !options.label.empty()) result = context.set("context", options.label.data);
  if (!result.failed()) result = context.create(about);
  return result.failed() ? result : context.mount(0, mount, about);
}

// For older kernels. Attaches at once; the root of the new mount is found by the path.
Result by_mount_call(State& state, const Layers& layers, const Options& options, int target, const Text& about) {
  Path data;
  data.add("lowerdir=");
  for (uint32_t i = 0; i < layers.count; ++i) data.add(i == 0 ? "" : ":").add(OwnPath(layers.lowers[i]).text());
  data.add(",upperdir=").add(OwnPath(layers.upper.get()).text()).add(",workdir=").add(OwnPath(layers.work.get()).text());
  if (options.user_attributes) data.add(",userxattr");
  // In quotes, for its commas.
  if (!options.label.empty()) data.add(",context=\"").add(options.label).add("\"");
  if (data.full()) return failed(state, Step::kOption, -E2BIG, about);
  const long result = sys::mount("overlay", OwnPath(target).c_str(), "overlay", 0, data.c_str());
  return result < 0 ? failed(state, Step::kSuperblock, result, about) : kDone;
}

}  // namespace

Result overlay(State& state, const Operation& o) {
  const bool in_memory = o.numbers[0] != 0;
  const Text& directory = o.texts[1];
  const Text& target = o.texts[2];
  const Options options = {o.numbers[2] != 0, o.texts[3]};
  Layers layers;
  Result result = open_lowers(state, o.texts[0], layers);
  if (result.failed()) return result;
  Fd place;
  const long opened = place.take(sys::open(AT_FDCWD, target.data, O_PATH | O_DIRECTORY));
  if (opened < 0) return failed(state, Step::kResolve, opened, target);
  if (state.shared) result = make_holder_private(state, place.get(), target);
  if (result.failed()) return result;
  Fd storage;
  if (in_memory) {
    result = mount_memory(state, static_cast<uint64_t>(o.numbers[1]), place.get(), target, storage);
  } else {
    const long found = storage.take(sys::open(AT_FDCWD, directory.data, O_PATH | O_DIRECTORY));
    if (found < 0) result = failed(state, Step::kResolve, found, directory);
  }
  if (!result.failed()) result = open_upper(state, storage.get(), layers);
  if (result.failed()) return result;

  const int below = in_memory ? storage.get() : place.get();
  const InProcfs here(state);
  if (here.error() < 0) return failed(state, Step::kOpen, here.error(), text_of("/proc"));
  Context context(state);
  result = context.open("overlay");
  if (!result.failed()) result = context.set("source", "overlay");
  if (result.failed()) return result;
  if (add_lowers(context, layers)) {
    result = by_context(context, layers, options, target, state.overlay);
    if (!result.failed()) result = attach(state, state.overlay.get(), below, {}, target);
  } else {
    result = by_mount_call(state, layers, options, below, target);
    // Our root directory is still the one below; only `..` leads to what is mounted on it.
    const char* path = equal(target, text_of("/")) ? "/.." : target.data;
    const long root = result.failed() ? 0 : state.overlay.take(sys::open(AT_FDCWD, path, O_PATH | O_DIRECTORY));
    if (root < 0) return failed(state, Step::kResolve, root, target);
  }
  state.overlay_target = target;
  return result;
}

}  // namespace tsrun::init::steps
