// The labels that SELinux gives what is mounted.
#pragma once
#include "../state.h"

namespace tsrun::init {

// Whether this option of a mount is SELinux's (context, fscontext, defcontext, rootcontext) and not the file system's.
bool is_label(const Text& option);

// For the data of mount(2), where only quotes keep the commas of a label together (selinux_sb_eat_lsm_opts() of security/selinux/hooks.c).
void add_quoted(Buffer& data, const Text& option);

// The option `context` of a detached mount, as the label of its root directory. As in runc: mqueue does not take it otherwise, for its superblock is as old
// as its ipc namespace.
Result label_root(State& state, int mount, const Text& options);

}  // namespace tsrun::init
