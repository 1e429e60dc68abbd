// tsrun-init as an executable that nothing can write to, where no memfd may be executed (vm.memfd_noexec=2, memfd_create(2)).
#pragma once
#include <cstddef>

#include "../fd.h"
#include "../outcome.h"

namespace tsrun {

// A file with this content on an overlay without an upper layer. The kernel never makes such an overlay writable, whoever asks (ovl_reconfigure() of
// fs/overlayfs/params.c); a read-only mount promises less, since a container with CAP_SYS_ADMIN may take the flag away. The layer is a tmpfs to which no path
// and no descriptor leads.
Outcome sealed_overlay(const unsigned char* content, size_t size, Fd& into);

}  // namespace tsrun
