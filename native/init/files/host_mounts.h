// What a container takes from the host's mounts if its own mount namespace has never had them (steps/rootfs/own_mounts.cc): the rootfs and
// the sources of bind mounts, all opened before.
#pragma once
#include "../state.h"

namespace tsrun::init {

// Clones the rootfs, and the sources of all bind mounts of the plan, as slaves of the host's mounts. Returns false, and keeps nothing, if
// one of them cannot be opened, or if it might be another one in the container's own copy of the host's mounts: that copy has the mounts
// that the container has made so far.
bool open_host_mounts(State& state, const Text& rootfs, Fd& root);

// Whether the mount namespace is one that has never had the host's mounts, and its root has not been switched yet.
bool without_host_mounts(const State& state);

// Clones the source of the next bind mount of the plan, unless that has been done. `flags` are those of open_tree(2).
long clone_next_source(State& state, const char* path, unsigned flags, Fd& mount);

// Clones a file of the host; if the host's mounts are not here, in a copy of them as other containers have it.
long clone_from_host(State& state, const char* path, unsigned flags, Fd& mount);

// Closes everything that leads to the host's mounts.
void forget_host_mounts(State& state);

}  // namespace tsrun::init
