import { allowedCalls } from './allowed_calls.js';
import type { ConfigSeccomp } from './config/seccomp.js';

type SeccompSyscall = NonNullable<ConfigSeccomp['syscalls']>[number];

/** What a capability is for: without it these calls fail, with it they are the kernel's to check. */
const callsOf: Readonly<Record<string, readonly string[]>> = {
  CAP_BPF: ['bpf'],
  CAP_DAC_READ_SEARCH: ['open_by_handle_at'],
  CAP_PERFMON: ['perf_event_open'],
  CAP_SYSLOG: ['syslog'],
  CAP_SYS_BOOT: ['reboot'],
  CAP_SYS_CHROOT: ['chroot'],
  CAP_SYS_MODULE: ['delete_module', 'finit_module', 'init_module'],
  CAP_SYS_NICE: ['get_mempolicy', 'mbind', 'set_mempolicy', 'set_mempolicy_home_node'],
  CAP_SYS_PACCT: ['acct'],
  CAP_SYS_PTRACE: ['kcmp', 'pidfd_getfd', 'process_madvise'],
  CAP_SYS_RAWIO: ['ioperm', 'iopl'],
  CAP_SYS_TIME: ['clock_settime', 'clock_settime64', 'settimeofday', 'stime'],
  CAP_SYS_TTY_CONFIG: ['vhangup'],
};

const administration = [
  ...['mount', 'mount_setattr', 'move_mount', 'open_tree', 'fsconfig', 'fsmount', 'fsopen', 'fspick', 'umount', 'umount2'],
  ...['clone', 'clone3', 'setns', 'unshare', 'setdomainname', 'sethostname', 'fanotify_init', 'quotactl', 'quotactl_fd'],
  ...['bpf', 'perf_event_open', 'lookup_dcookie', 'syslog'],
];

/** The CLONE_NEW* flags of namespaces that clone(2) takes. */
const namespaceFlags = 0x7e020000;
/** linux/socket.h. A socket of virtual machines reaches the hypervisor from any network namespace. */
const vsock = 40;
/** asm-generic/errno.h: the C libraries then call clone(2), whose flags a filter can see. */
const notImplemented = 38;
/** personality(2): Linux, PER_LINUX32, both with UNAME26, and the question which one it is. */
const personalities = [0, 8, 0x20000, 0x20008, 0xffffffff];

/** Those of programs that the processor executes, too. */
const architectures: Readonly<Record<string, NonNullable<ConfigSeccomp['architectures']>>> = {
  x64: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  arm64: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
};

/**
 * The profile of Docker for a process with these capabilities: everything fails with EPERM but what programs need and what the capabilities
 * are for. For machines whose clone(2) has its flags first, which are all but s390x.
 */
export function dockerProfile(capabilities: readonly string[]): ConfigSeccomp {
  const added = capabilities.flatMap((name) => callsOf[name] ?? []);
  const syscalls: readonly SeccompSyscall[] = [
    { names: [...allowedCalls, ...added], action: 'SCMP_ACT_ALLOW' },
    { names: ['socket'], action: 'SCMP_ACT_ALLOW', args: [{ index: 0, value: vsock, op: 'SCMP_CMP_NE' }] },
    ...personalities.map((value): SeccompSyscall => ({
      names: ['personality'],
      action: 'SCMP_ACT_ALLOW',
      args: [{ index: 0, value, op: 'SCMP_CMP_EQ' }],
    })),
    ...(capabilities.includes('CAP_SYS_ADMIN') ? [{ names: administration, action: 'SCMP_ACT_ALLOW' } as const] : cloneWithoutNamespaces),
  ];
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: 1,
    architectures: architectures[process.arch] ?? [],
    syscalls,
  };
}

const cloneWithoutNamespaces: readonly SeccompSyscall[] = [
  {
    names: ['clone'],
    action: 'SCMP_ACT_ALLOW',
    args: [{ index: 0, value: namespaceFlags, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
  },
  { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: notImplemented },
];
