// Paths inside the rootfs. They are resolved by the kernel with the rootfs as `/`, and used through the descriptor that comes out of it, never by the same
// text twice: whoever shares a volume with the container may change the tree meanwhile (CVE-2021-30465, CVE-2024-45310).
#pragma once
#include "../state.h"

namespace tsrun::init {

enum class Missing : uint8_t { kFail, kMakeDirectory, kMakeFile };

struct Lookup {
  // What to make of a last component that is missing; directories in front of it are made as well.
  Missing missing = Missing::kFail;
  // Whether a symlink at the end is followed.
  bool follow = true;
  // Whether there may be symlinks at all.
  bool symlinks = true;
};

struct Found {
  // O_PATH.
  Fd fd;
  bool made = false;
  // Whether a symlink was on the way: then it may be anything in the rootfs.
  bool linked = false;
};

Result resolve(State& state, const Text& path, Lookup lookup, Found& found);

// Whether what was found is the root of the rootfs, however it was written. What is mounted there lies above the root directory of every process and is seen by none.
bool is_root(State& state, const Text& path, const Found& found);
Result refuse_root(State& state, const Text& path, const Found& found);

// The directory that holds the last component of `path`, made where it is missing. `name` points into `path`.
Result resolve_parent(State& state, const Text& path, Fd& directory, const char*& name);

// What a name in a directory stands for, O_PATH, itself where it is a symlink. -errno where there is nothing.
long open_name(int directory, const char* name, Fd& fd);

// The file of this type (S_IFMT of its mode) at a path that is the image's to fill, opened with these flags; -ENOTTY where there is something else. That is looked at
// first, since opening alone may do things: a FIFO waits, a watchdog starts.
long open_type_in_root(State& state, const char* path, unsigned type, uint64_t flags);

// The rootfs; before one is mounted, or without a mount namespace of our own, it is `/`.
long root_of(State& state);

}  // namespace tsrun::init
