// Written by scripts/runtime_spec/generate.mjs. Do not edit.

/** Which system calls a container may make. */
export interface ConfigSeccomp {
  /** `linux.seccomp.defaultAction` of config.json. */
  readonly defaultAction:
    | 'SCMP_ACT_KILL'
    | 'SCMP_ACT_KILL_PROCESS'
    | 'SCMP_ACT_KILL_THREAD'
    | 'SCMP_ACT_TRAP'
    | 'SCMP_ACT_ERRNO'
    | 'SCMP_ACT_TRACE'
    | 'SCMP_ACT_ALLOW'
    | 'SCMP_ACT_LOG'
    | 'SCMP_ACT_NOTIFY';
  /** `linux.seccomp.defaultErrnoRet` of config.json. */
  readonly defaultErrnoRet?: number;
  /** `linux.seccomp.flags` of config.json. */
  readonly flags?: readonly (
    'SECCOMP_FILTER_FLAG_TSYNC' | 'SECCOMP_FILTER_FLAG_LOG' | 'SECCOMP_FILTER_FLAG_SPEC_ALLOW' | 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'
  )[];
  /** `linux.seccomp.listenerPath` of config.json. */
  readonly listenerPath?: string;
  /** `linux.seccomp.listenerMetadata` of config.json. */
  readonly listenerMetadata?: string;
  /** `linux.seccomp.architectures` of config.json. */
  readonly architectures?: readonly (
    | 'SCMP_ARCH_X86'
    | 'SCMP_ARCH_X86_64'
    | 'SCMP_ARCH_X32'
    | 'SCMP_ARCH_ARM'
    | 'SCMP_ARCH_AARCH64'
    | 'SCMP_ARCH_LOONGARCH64'
    | 'SCMP_ARCH_M68K'
    | 'SCMP_ARCH_MIPS'
    | 'SCMP_ARCH_MIPS64'
    | 'SCMP_ARCH_MIPS64N32'
    | 'SCMP_ARCH_MIPSEL'
    | 'SCMP_ARCH_MIPSEL64'
    | 'SCMP_ARCH_MIPSEL64N32'
    | 'SCMP_ARCH_PPC'
    | 'SCMP_ARCH_PPC64'
    | 'SCMP_ARCH_PPC64LE'
    | 'SCMP_ARCH_S390'
    | 'SCMP_ARCH_S390X'
    | 'SCMP_ARCH_SH'
    | 'SCMP_ARCH_SHEB'
    | 'SCMP_ARCH_PARISC'
    | 'SCMP_ARCH_PARISC64'
    | 'SCMP_ARCH_RISCV64'
  )[];
  /** `linux.seccomp.syscalls` of config.json. */
  readonly syscalls?: readonly {
    /** `linux.seccomp.syscalls.names` of config.json. */
    readonly names: readonly string[];
    /** `linux.seccomp.syscalls.action` of config.json. */
    readonly action:
      | 'SCMP_ACT_KILL'
      | 'SCMP_ACT_KILL_PROCESS'
      | 'SCMP_ACT_KILL_THREAD'
      | 'SCMP_ACT_TRAP'
      | 'SCMP_ACT_ERRNO'
      | 'SCMP_ACT_TRACE'
      | 'SCMP_ACT_ALLOW'
      | 'SCMP_ACT_LOG'
      | 'SCMP_ACT_NOTIFY';
    /** `linux.seccomp.syscalls.errnoRet` of config.json. */
    readonly errnoRet?: number;
    /** `linux.seccomp.syscalls.args` of config.json. */
    readonly args?: readonly {
      /** `linux.seccomp.syscalls.args.index` of config.json. */
      readonly index: number;
      /** `linux.seccomp.syscalls.args.value` of config.json. */
      readonly value: number | bigint;
      /** `linux.seccomp.syscalls.args.valueTwo` of config.json. */
      readonly valueTwo?: number | bigint;
      /** `linux.seccomp.syscalls.args.op` of config.json. */
      readonly op: 'SCMP_CMP_NE' | 'SCMP_CMP_LT' | 'SCMP_CMP_LE' | 'SCMP_CMP_EQ' | 'SCMP_CMP_GE' | 'SCMP_CMP_GT' | 'SCMP_CMP_MASKED_EQ';
    }[];
  }[];
}
