#include "resolve.h"

namespace tsrun::init {
namespace {

// MAXSYMLINKS of linux/namei.h.
constexpr int kMaxLinks = 40;
constexpr unsigned kModeTypeMask = 0170000;
constexpr unsigned kModeSymlink = 0120000;
constexpr unsigned kModeFile = 0100000;
constexpr unsigned kDirectoryMode = 0755;
constexpr unsigned kFileMode = 0644;

// RESOLVE_IN_ROOT fails with EAGAIN if something was renamed meanwhile and `..` cannot be trusted (openat2(2)).
constexpr int kTries = 16;
long open_trying(int directory, const char* path, uint64_t flags, uint64_t resolve) {
  open_how how = {};
  how.flags = flags | O_CLOEXEC;
  how.resolve = resolve | RESOLVE_NO_MAGICLINKS;
  long result = -EAGAIN;
  for (int i = 0; i < kTries && result == -EAGAIN; ++i) result = sys::open(directory, path, how);
  return result;
}

// Goes down one component at a time and creates missing ones. It resolves symlinks itself, because openat2(2) cannot create through a
// dangling one: images link /etc/resolv.conf to files that do not exist yet.
class Walk {
 public:
  Walk(State& state, int root, Lookup lookup) : state_(state), root_(root), lookup_(lookup) {}

  Result to(const Text& path, Found& found) {
    rest_.clear().add(path);
    if (rest_.full()) return failed(state_, Step::kResolve, -ENAMETOOLONG, path);
    Result result = to_root();
    while (!result.failed() && rest_.size() > 0) result = next();
    if (result.failed()) return result;
    found.fd.reset(at_.release());
    found.made = made_;
    found.linked = links_ > 0;
    return kDone;
  }

 private:
  Result to_root() {
    done_.clear();
    return reopen();
  }

  // `done_` contains no symlinks and no `..`. It is resolved again only after a `..`, and never through a symlink.
  Result reopen() {
    made_ = false;
    const char* path = done_.size() == 0 ? "." : done_.c_str();
    const long result = at_.take(open_trying(root_, path, O_PATH | O_DIRECTORY, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS));
    return result < 0 ? failed(state_, Step::kResolve, result, done_.text()) : kDone;
  }

  Result next() {
    const Text rest = rest_.text();
    const uint32_t length = find(rest, '/');
    name_.clear().add(Text{rest.data, length});
    uint32_t tail = length;
    while (tail < rest.size && rest.data[tail] == '/') ++tail;
    const bool last = tail == rest.size;
    memmove(rest_.data(), rest_.data() + tail, rest.size - tail);
    rest_.resize(rest.size - tail);
    if (name_.size() == 0 || equal(name_.text(), text_of("."))) return kDone;
    if (equal(name_.text(), text_of(".."))) return up();
    return down(last);
  }

  Result up() {
    uint32_t size = done_.size();
    while (size > 0 && done_.c_str()[size - 1] != '/') --size;
    done_.resize(size > 0 ? size - 1 : 0);
    return reopen();
  }

  Result down(bool last) {
    made_ = false;
    Fd child;
    long result = child.take(open_child());
    if (result == -ENOENT && lookup_.missing != Missing::kFail) {
      result = make(last);
      // Somebody else created it first: use theirs if it is suitable.
      if (result < 0 && result != -EEXIST) return failed(state_, Step::kCreate, result, done_.text());
      made_ = result == 0;
      result = child.take(open_child());
    }
    if (result < 0) return failed(state_, Step::kResolve, result, name_.text());
    struct statx status;
    result = sys::stat(child.get(), status);
    if (result < 0) return failed(state_, Step::kResolve, result, name_.text());
    if ((status.stx_mode & kModeTypeMask) == kModeSymlink && (!last || lookup_.follow)) return follow(child);
    if (done_.size() > 0) done_.add("/");
    done_.add(name_.text());
    if (done_.full()) return failed(state_, Step::kResolve, -ENAMETOOLONG, name_.text());
    at_ = static_cast<Fd&&>(child);
    return kDone;
  }

  long open_child() const { return open_trying(at_.get(), name_.c_str(), O_PATH | O_NOFOLLOW, RESOLVE_BENEATH); }

  long make(bool last) const {
    if (last && lookup_.missing == Missing::kMakeFile) return sys::call(__NR_mknodat, at_.get(), name_.c_str(), kModeFile | kFileMode, 0);
    return sys::mkdir(at_.get(), name_.c_str(), kDirectoryMode);
  }

  Result follow(const Fd& link) {
    if (!lookup_.symlinks || ++links_ > kMaxLinks) return failed(state_, Step::kSymlinkInPath, -ELOOP, name_.text());
    Path target;
    const long size = sys::readlink(link.get(), "", target.data(), Path::capacity());
    if (size < 0) return failed(state_, Step::kResolve, size, name_.text());
    target.resize(static_cast<uint32_t>(size));
    const bool absolute = size > 0 && target.c_str()[0] == '/';
    if (rest_.size() > 0) target.add("/").add(rest_.text());
    if (target.full()) return failed(state_, Step::kResolve, -ENAMETOOLONG, name_.text());
    rest_.clear().add(target.text());
    return absolute ? to_root() : kDone;
  }

  State& state_;
  const int root_;
  const Lookup lookup_;
  Fd at_;
  // Where at_ is, and the remaining path.
  Path done_;
  Path rest_;
  Chars<4096> name_;
  int links_ = 0;
  bool made_ = false;
};

}  // namespace

long root_of(State& state) {
  if (state.rootfs.valid()) return state.rootfs.get();
  return state.rootfs.take(sys::open(AT_FDCWD, "/", O_PATH | O_DIRECTORY));
}

long open_type_in_root(State& state, const char* path, unsigned type, uint64_t flags) {
  const long root = root_of(state);
  if (root < 0) return root;
  Fd place;
  long result = place.take(open_trying(static_cast<int>(root), path, O_PATH, RESOLVE_IN_ROOT));
  struct statx status;
  if (result >= 0) result = sys::stat(place.get(), status);
  if (result < 0) return result;
  return (status.stx_mode & kModeTypeMask) == type ? open_trying(static_cast<int>(root), path, flags, RESOLVE_IN_ROOT) : -ENOTTY;
}

Result resolve(State& state, const Text& path, Lookup lookup, Found& found) {
  const long root = root_of(state);
  if (root < 0) return failed(state, Step::kResolve, root, path);
  const uint64_t flags = O_PATH | (lookup.follow ? 0 : O_NOFOLLOW);
  const char* place = path.empty() ? "/" : path.data;
  // Few paths contain symlinks. If there is none, the path is known to lead where it says, and needs no further checks.
  long result = found.fd.take(open_trying(static_cast<int>(root), place, flags, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS));
  found.linked = result == -ELOOP && lookup.symlinks;
  if (found.linked) result = found.fd.take(open_trying(static_cast<int>(root), place, flags, RESOLVE_IN_ROOT));
  found.made = false;
  if (result >= 0) return kDone;
  if (result == -ENOENT && lookup.missing != Missing::kFail) return Walk(state, static_cast<int>(root), lookup).to(path, found);
  return failed(state, result == -ELOOP ? Step::kSymlinkInPath : Step::kResolve, result, path);
}

long open_name(int directory, const char* name, Fd& fd) {
  return fd.take(open_trying(directory, name, O_PATH | O_NOFOLLOW, RESOLVE_BENEATH));
}

bool is_root(State& state, const Text& path, const Found& found) {
  if (!found.linked) return path.empty() || equal(path, text_of("/"));
  struct statx here;
  struct statx root;
  if (sys::stat(found.fd.get(), here) < 0 || sys::stat(state.rootfs.get(), root) < 0) return true;
  // A directory below it may be a mount of the same one; a mount on top of that is not above the root.
  return here.stx_mnt_id == root.stx_mnt_id && here.stx_ino == root.stx_ino && here.stx_dev_major == root.stx_dev_major &&
         here.stx_dev_minor == root.stx_dev_minor;
}

Result refuse_root(State& state, const Text& path, const Found& found) {
  return is_root(state, path, found) ? failed(state, Step::kOverRoot, -EINVAL, path) : kDone;
}

Result resolve_parent(State& state, const Text& path, Fd& directory, const char*& name) {
  uint32_t size = path.size;
  while (size > 0 && path.data[size - 1] != '/') --size;
  name = path.data + size;
  const Text last = {name, path.size - size};
  if (last.empty() || equal(last, text_of(".")) || equal(last, text_of(".."))) return failed(state, Step::kResolve, -EINVAL, path);
  Path parent;
  parent.add(Text{path.data, size});
  if (parent.full()) return failed(state, Step::kResolve, -ENAMETOOLONG, path);
  Found found;
  Lookup lookup;
  lookup.missing = Missing::kMakeDirectory;
  const Result result = resolve(state, parent.text(), lookup, found);
  directory.reset(found.fd.release());
  return result;
}

}  // namespace tsrun::init
