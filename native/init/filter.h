// What a seccomp filter would say to a call of ours, before it is loaded.
#pragma once
#include <linux/seccomp.h>

#include "base/text.h"

namespace tsrun::init {

// The filter's answer, SECCOMP_RET_* with its data: the struct sock_filter array is run as the kernel would (bpf(4) of FreeBSD has the machine, seccomp_check_filter()
// of kernel/seccomp.c what of it is allowed). SECCOMP_RET_KILL_PROCESS where the kernel would not take it.
uint32_t verdict(const Text& filter, const struct seccomp_data& call);

// Whether tsrun-init can still write so much to a descriptor under the filter.
bool allows_write(const Text& filter, int fd, size_t size);

}  // namespace tsrun::init
