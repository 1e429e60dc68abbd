// The operations that all mounts share.
#pragma once
#include "../state.h"

namespace tsrun::init {

// MOUNT_ATTR_* of linux/mount.h.
struct Attributes {
  uint64_t set = 0;
  uint64_t clear = 0;
  // Applies to the mounts below it, too.
  uint64_t recursive_set = 0;
  uint64_t recursive_clear = 0;
};

// Attaches a detached mount to an open file or directory with move_mount(2), after setting its attributes, so that nobody sees it without
// them.
Result attach(State& state, int mount, int destination, const Attributes& attributes, const Text& about);

// Changes an attached mount; `mount` is a descriptor of its root.
Result change_attributes(State& state, int mount, const Attributes& attributes, const Text& about);

// `flags` are MS_SHARED and the like, with MS_REC.
Result change_propagation(State& state, int mount, uint64_t flags, const Text& about);

// Makes the mount that holds this directory private. Call it before attaching anything in a tree that is shared with the host: otherwise
// the new mount would appear there, too, and pivot_root(2) rejects a root whose parent mount is shared.
Result make_holder_private(State& state, int inside, const Text& about);

// Clones the mount of an open file or directory with open_tree(2).
long clone_mount(int fd, bool recursive);

}  // namespace tsrun::init
