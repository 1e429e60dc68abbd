// Resolves paths inside the rootfs. The kernel resolves them with the rootfs as `/`, and they are used through the resulting descriptor.
// The same text is never resolved twice: another container that shares a volume may change the tree meanwhile (CVE-2021-30465,
// CVE-2024-45310).
#pragma once
#include "../state.h"

namespace tsrun::init {

enum class Missing : uint8_t { kFail, kMakeDirectory, kMakeFile };

struct Lookup {
  // What to create if the last component is missing; missing parent directories are created as well.
  Missing missing = Missing::kFail;
  // Whether to follow a symlink at the end.
  bool follow = true;
  // Whether the path may contain symlinks.
  bool symlinks = true;
};

struct Found {
  // An O_PATH descriptor.
  Fd fd;
  bool made = false;
  // Whether the path contained a symlink, and so may lead anywhere in the rootfs.
  bool linked = false;
};

Result resolve(State& state, const Text& path, Lookup lookup, Found& found);

// Whether the path leads to the root of the rootfs, however it is written. A mount there is above the root directory of every process, and
// no process sees it.
bool is_root(State& state, const Text& path, const Found& found);
Result refuse_root(State& state, const Text& path, const Found& found);

// Opens the directory that holds the last component of `path`, creating it if it is missing. `name` points into `path`.
Result resolve_parent(State& state, const Text& path, Fd& directory, const char*& name);

// Opens a name in a directory as O_PATH, without following a symlink. Returns -errno if it does not exist.
long open_name(int directory, const char* name, Fd& fd);

// Opens the file at a path that the image controls, if it has this type (S_IFMT of its mode); -ENOTTY if not. The type is checked before
// the file is opened, because opening alone may have effects: a FIFO blocks, a watchdog starts.
long open_type_in_root(State& state, const char* path, unsigned type, uint64_t flags);

// Returns the rootfs. Before one is mounted, or without our own mount namespace, it is `/`.
long root_of(State& state);

}  // namespace tsrun::init
