// SELinux labels of mounts.
#pragma once
#include "../state.h"

namespace tsrun::init {

// Whether a mount option belongs to SELinux (context, fscontext, defcontext, rootcontext) and not to the file system.
bool is_label(const Text& option);

// Adds an option to the data of mount(2), where a label with commas needs quotes (selinux_sb_eat_lsm_opts() in security/selinux/hooks.c).
void add_quoted(Buffer& data, const Text& option);

// Applies the option `context` to a detached mount by labelling its root directory, as runc does: mqueue does not accept the option,
// because its superblock was created with the ipc namespace.
Result label_root(State& state, int mount, const Text& options);

}  // namespace tsrun::init
