/**
 * SECCOMP_RET_* of linux/seccomp.h by the specification's names (config-linux.md, "Seccomp"). The data of ERRNO and TRACE is added to them.
 */
export const seccompActions = {
  SCMP_ACT_ALLOW: 0x7fff0000,
  SCMP_ACT_ERRNO: 0x50000,
  SCMP_ACT_KILL: 0,
  SCMP_ACT_KILL_PROCESS: 0x80000000,
  SCMP_ACT_KILL_THREAD: 0,
  SCMP_ACT_LOG: 0x7ffc0000,
  SCMP_ACT_NOTIFY: 0x7fc00000,
  SCMP_ACT_TRACE: 0x7ff00000,
  SCMP_ACT_TRAP: 0x30000,
} as const;

/** libseccomp's enum scmp_compare. */
export const seccompOperators = {
  SCMP_CMP_EQ: 4,
  SCMP_CMP_GE: 5,
  SCMP_CMP_GT: 6,
  SCMP_CMP_LE: 3,
  SCMP_CMP_LT: 2,
  SCMP_CMP_MASKED_EQ: 7,
  SCMP_CMP_NE: 1,
} as const;

/**
 * AUDIT_ARCH_* of linux/audit.h: the ELF machine with bits for 64 bit (0x80000000), little-endian (0x40000000) and MIPS N32 (0x20000000).
 */
export const seccompArchitectures = {
  SCMP_ARCH_AARCH64: 0xc00000b7,
  SCMP_ARCH_ARM: 0x40000028,
  SCMP_ARCH_LOONGARCH64: 0xc0000102,
  SCMP_ARCH_M68K: 0x4,
  SCMP_ARCH_MIPS: 0x8,
  SCMP_ARCH_MIPS64: 0x80000008,
  SCMP_ARCH_MIPS64N32: 0xa0000008,
  SCMP_ARCH_MIPSEL: 0x40000008,
  SCMP_ARCH_MIPSEL64: 0xc0000008,
  SCMP_ARCH_MIPSEL64N32: 0xe0000008,
  SCMP_ARCH_PARISC: 0xf,
  SCMP_ARCH_PARISC64: 0x8000000f,
  SCMP_ARCH_PPC: 0x14,
  SCMP_ARCH_PPC64: 0x80000015,
  SCMP_ARCH_PPC64LE: 0xc0000015,
  SCMP_ARCH_RISCV64: 0xc00000f3,
  SCMP_ARCH_S390: 0x16,
  SCMP_ARCH_S390X: 0x80000016,
  SCMP_ARCH_SH: 0x4000002a,
  SCMP_ARCH_SHEB: 0x2a,
  // The kernel has no number for x32; this is libseccomp's.
  SCMP_ARCH_X32: 0x4000003e,
  SCMP_ARCH_X86: 0x40000003,
  SCMP_ARCH_X86_64: 0xc000003e,
} as const;

/** SECCOMP_FILTER_FLAG_* of linux/seccomp.h. */
export const seccompFlags = {
  SECCOMP_FILTER_FLAG_LOG: 2,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: 4,
  SECCOMP_FILTER_FLAG_TSYNC: 1,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: 32,
} as const;

export type SeccompAction = keyof typeof seccompActions;
export type SeccompOperator = keyof typeof seccompOperators;
export type SeccompArchitecture = keyof typeof seccompArchitectures;
export type SeccompFlag = keyof typeof seccompFlags;
