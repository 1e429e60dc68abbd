/**
 * RLIM_INFINITY (getrlimit(2)), as rlimits represent it: no limit. 2^63 - 1, which programs in Go and Java write for "none", is an ordinary
 * limit to the kernel, and to runc and crun: no file is larger than that.
 */
export const rlimitInfinity = 2n ** 64n - 1n;
