#include "host_mounts.h"

#include <linux/mount.h>
#include <linux/sched.h>

#include "../base/arena.h"
#include "../steps.h"
#include "attach.h"
#include "procfs.h"

namespace tsrun::init {
namespace {

using plan::MountOption;
using plan::Op;

constexpr uint64_t kSlaves = MS_SLAVE | MS_REC;

bool has(const plan::operations::Mount& o, MountOption option) { return (o.options() & static_cast<uint32_t>(option)) != 0; }

// Calls `body` with the bind mounts of the plan, in their order, until it returns false.
template <typename Body>
bool each_bind(const State& state, Body body) {
  for (uint32_t i = 0; i < state.plan->count(); ++i) {
    const Operation operation = state.plan->at(i);
    if (operation.op != Op::kMount) continue;
    const plan::operations::Mount o(operation);
    if (has(o, MountOption::kBind) && !has(o, MountOption::kRemount) && !body(o)) return false;
  }
  return true;
}

// Where an open file is, as the host's procfs shows it.
bool path_of(State& state, const Fd& file, Path& path) {
  const long size = sys::readlink(state.procfs.get(), OwnPath(file.get()).c_str(), path.data(), Path::capacity());
  if (size <= 0 || size >= static_cast<long>(Path::capacity())) return false;
  path.resize(static_cast<uint32_t>(size));
  return path.c_str()[0] == '/';
}

bool is_within(const Text& path, const Text& directory) {
  if (directory.size == 1) return true;
  return starts_with(path, directory) && (path.size == directory.size || path.data[directory.size] == '/');
}

long clone_as_slave(State& state, const Fd& place, bool recursive, Fd& mount) {
  const long result = mount.take(clone_mount(place.get(), recursive));
  if (result < 0) return result;
  // Before anything is mounted in it: a peer of the host's mount would show that to the host.
  return -change_propagation(state, mount.get(), kSlaves, {}).error;
}

bool open_source(State& state, const plan::operations::Mount& o, const Text& rootfs, Fd& mount) {
  const bool recursive = has(o, MountOption::kRecursive);
  Fd place;
  Path path;
  // Not open(2), which does not trigger automounts.
  if (place.take(sys::open_tree(AT_FDCWD, o.source().data, has(o, MountOption::kSourceNoFollow) ? AT_SYMLINK_NOFOLLOW : 0)) < 0)
    return false;
  if (!path_of(state, place, path) || is_within(path.text(), rootfs) || (recursive && is_within(rootfs, path.text()))) return false;
  return clone_as_slave(state, place, recursive, mount) >= 0;
}

bool open_sources(State& state, const Text& rootfs) {
  uint32_t count = 0;
  each_bind(state, [&](const plan::operations::Mount&) { return ++count != 0; });
  if (count == 0) return true;
  const long room = take_room(count * sizeof(int));
  if (room < 0 && room > -4096) return false;
  state.sources = {reinterpret_cast<int*>(room), 0, 0};
  return each_bind(state, [&](const plan::operations::Mount& o) {
    Fd mount;
    if (!open_source(state, o, rootfs, mount)) return false;
    state.sources.fds[state.sources.count++] = mount.release();
    return true;
  });
}

long clone_here(const char* path, unsigned flags, Fd& mount) { return mount.take(sys::open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | flags)); }

// In a copy of the host's mounts that is detached from them.
long clone_in_copy(const State& state, const char* path, unsigned flags, Fd& mount) {
  long result = sys::call(__NR_setns, state.host_mounts.get(), CLONE_NEWNS);
  if (result == 0) result = sys::call(__NR_unshare, CLONE_NEWNS);
  if (result == 0) result = sys::mount(nullptr, "/", nullptr, kSlaves, nullptr);
  return result < 0 ? result : clone_here(path, flags, mount);
}

long take_source(State& state, Fd& mount) {
  return state.sources.next < state.sources.count ? mount.take(state.sources.fds[state.sources.next++]) : -EBADF;
}

}  // namespace

bool open_host_mounts(State& state, const Text& rootfs, Fd& root) {
  Fd place;
  Path path;
  bool opened =
      state.procfs.valid() && place.take(sys::open(AT_FDCWD, rootfs.data, O_PATH | O_DIRECTORY)) >= 0 && path_of(state, place, path);
  opened = opened && clone_as_slave(state, place, true, root) >= 0 && open_sources(state, path.text());
  opened = opened && state.host_mounts.take(sys::open(state.procfs.get(), "self/ns/mnt", O_RDONLY)) >= 0;
  if (!opened) forget_host_mounts(state);
  return opened;
}

bool without_host_mounts(const State& state) { return state.host_mounts.valid(); }

long clone_next_source(State& state, const char* path, unsigned flags, Fd& mount) {
  return without_host_mounts(state) ? take_source(state, mount) : clone_here(path, flags, mount);
}

long clone_from_host(State& state, const char* path, unsigned flags, Fd& mount) {
  if (!without_host_mounts(state)) return clone_here(path, flags, mount);
  Fd own;
  const long opened = own.take(sys::open(state.procfs.get(), "self/ns/mnt", O_RDONLY));
  if (opened < 0) return opened;
  const long result = clone_in_copy(state, path, flags, mount);
  // The root of this process is that of the container again.
  const long back = sys::call(__NR_setns, own.get(), CLONE_NEWNS);
  return back < 0 ? back : result;
}

void forget_host_mounts(State& state) {
  state.host_mounts.reset();
  for (Fd mount; take_source(state, mount) >= 0;) mount.reset();
  state.sources = {};
}

}  // namespace tsrun::init
