// What is common to everything that is mounted.
#pragma once
#include "../state.h"

namespace tsrun::init {

// MOUNT_ATTR_* of linux/mount.h.
struct Attributes {
  uint64_t set = 0;
  uint64_t clear = 0;
  // For the mounts below it, too.
  uint64_t recursive_set = 0;
  uint64_t recursive_clear = 0;
};

// move_mount(2) of a detached mount to an open file or directory, the attributes set before anybody can see it.
Result attach(State& state, int mount, int destination, const Attributes& attributes, const Text& about);

// Changes a mount that is attached; `mount` is a descriptor of its root.
Result change_attributes(State& state, int mount, const Attributes& attributes, const Text& about);

// `flags`: MS_SHARED and its kin, with MS_REC.
Result change_propagation(State& state, int mount, uint64_t flags, const Text& about);

// The mount that holds this directory, to be called before something is attached in a tree that is shared with the host: there it would appear, too, and
// pivot_root(2) refuses a root whose parent mount is shared.
Result make_holder_private(State& state, int inside, const Text& about);

// open_tree(2) of an open file or directory.
long clone_mount(int fd, bool recursive);

}  // namespace tsrun::init
