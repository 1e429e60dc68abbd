// Predicts how a seccomp filter will treat one of our calls, before it is loaded.
#pragma once
#include <linux/seccomp.h>

#include "base/text.h"

namespace tsrun::init {

// Returns the filter's verdict, SECCOMP_RET_* with its data. Runs the struct sock_filter array as the kernel would (bpf(4) of FreeBSD
// describes the machine, seccomp_check_filter() in kernel/seccomp.c the permitted subset). Returns SECCOMP_RET_KILL_PROCESS if the kernel
// would reject the filter.
uint32_t verdict(const Text& filter, const struct seccomp_data& call);

// Whether tsrun-init can still write `size` bytes to a descriptor under the filter.
bool allows_write(const Text& filter, int fd, size_t size);

}  // namespace tsrun::init
