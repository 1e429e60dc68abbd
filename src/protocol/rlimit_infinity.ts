/**
 * RLIM_INFINITY (getrlimit(2)), as rlimits carry it: no limit. 2^63 - 1, which programs in Go and Java write for "none", is a limit like any other to the kernel, as
 * it is with runc and crun: no file is larger than that.
 */
export const rlimitInfinity = 2n ** 64n - 1n;
