// tsrun-init as an executable that nobody can write to, for hosts that forbid executable memfds (vm.memfd_noexec=2, memfd_create(2)).
#pragma once
#include <cstddef>

#include "../fd.h"
#include "../outcome.h"

namespace tsrun {

// Creates a file with this content on an overlay without an upper layer. The kernel never makes such an overlay writable, regardless of who
// asks (ovl_reconfigure() in fs/overlayfs/params.c). A read-only mount is weaker, since a container with CAP_SYS_ADMIN may clear the flag.
// The layer is a tmpfs that no path and no descriptor leads to.
Outcome sealed_overlay(const unsigned char* content, size_t size, Fd& into);

}  // namespace tsrun
