/*
 * Preloaded into crun only, and only if it cannot run otherwise: crun raises its RLIMIT_MEMLOCK before it loads an eBPF program (which only
 * kernels before 5.11 need), and gives up without CAP_SYS_RESOURCE. This skips raising a limit beyond the hard one; every other call passes
 * through.
 */
#define _GNU_SOURCE
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int setrlimit(__rlimit_resource_t resource, const struct rlimit* limit) {
  struct rlimit current;
  if (getrlimit(resource, &current) == 0 && limit->rlim_max > current.rlim_max) return 0;
  return (int)syscall(SYS_prlimit64, 0, resource, limit, 0);
}

int setrlimit64(__rlimit_resource_t resource, const struct rlimit64* limit) { return setrlimit(resource, (const struct rlimit*)limit); }
