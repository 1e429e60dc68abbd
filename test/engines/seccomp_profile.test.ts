import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dockerProfile } from '../../src/library/bundle/seccomp_profile.js';

interface Rule {
  readonly names: readonly string[];
  readonly action: string;
  readonly args?: readonly { readonly index: number; readonly value: number | bigint; readonly op: string }[] | null;
  readonly includes?: { readonly caps?: readonly string[]; readonly arches?: readonly string[] };
  readonly excludes?: { readonly caps?: readonly string[] };
}

/** Podman's copy of Docker's profile, from Debian's package golang-github-containers-common (0.50). */
const theirs = JSON.parse(readFileSync('/usr/share/containers/seccomp.json', 'utf8')) as { readonly syscalls: readonly Rule[] };

const ofMachines = ['amd64', 'x32', 'x86', 'arm', 'arm64'];

/** The calls that are allowed, each with its condition. */
function allowed(rules: readonly Rule[], capabilities: readonly string[]): readonly string[] {
  const applies = ({ includes, excludes }: Rule): boolean =>
    (includes?.caps ?? []).every((name) => capabilities.includes(name)) &&
    !(excludes?.caps ?? []).some((name) => capabilities.includes(name)) &&
    (includes?.arches ?? ofMachines).some((name) => ofMachines.includes(name));
  const condition = ({ args }: Rule): string =>
    (args ?? []).map(({ index, op, value }) => ` ${index} ${op.replace('SCMP_CMP_', '')} ${value}`).join(',');
  const names = rules
    .filter((rule) => rule.action === 'SCMP_ACT_ALLOW' && applies(rule))
    .flatMap((rule) => rule.names.map((name) => name + condition(rule)));
  return [...new Set(names)];
}

function differences(capabilities: readonly string[]): { readonly more: readonly string[]; readonly less: readonly string[] } {
  const ours = allowed(dockerProfile(capabilities).syscalls ?? [], capabilities);
  const others = allowed(theirs.syscalls, capabilities);
  return { more: ours.filter((name) => !others.includes(name)).sort(), less: others.filter((name) => !ours.includes(name)).sort() };
}

/** Newer than their release; Docker's allows them, and each acts on the process itself or on files that it has. */
const newer = [
  ...[
    'cachestat',
    'fchmodat2',
    'futex_requeue',
    'futex_wait',
    'futex_waitv',
    'futex_wake',
    'getxattrat',
    'listxattrat',
    'map_shadow_stack',
  ],
  ...['mseal', 'removexattrat', 'setxattrat'],
];
/** Docker allows them; Podman does not. `riscv_flush_icache` is Docker's for another architecture, where alone it exists. */
const dockers = ['io_pgetevents', 'io_pgetevents_time64', 'riscv_flush_icache', 'vmsplice'];
/** Docker refuses sockets of virtual machines, Podman sockets of the audit log. */
const sockets = { ours: 'socket 0 NE 40', theirs: ['socket 0 NE 16', 'socket 2 NE 9'] };
/** Podman lets containers make user namespaces, which Docker does only with CAP_SYS_ADMIN: its clone has no flag of a namespace. */
const namespaces = [
  ...['clone', 'clone3', 'fsconfig', 'fsmount', 'fsopen', 'fspick', 'mount', 'mount_setattr', 'move_mount', 'open_tree', 'setns'],
  ...['umount', 'umount2', 'unshare'],
];
const ourClone = 'clone 0 MASKED_EQ 2114060288';
/** Podman allows them to everybody; Docker not at all, or with the capability that the kernel asks for. */
const podmans = [
  'get_mempolicy',
  'keyctl',
  'mbind',
  'pidfd_getfd',
  'pivot_root',
  'reboot',
  'set_mempolicy',
  'syscall',
  'syslog',
  'timerfd',
];

/** Of each capability: what Docker allows with it and Podman never, and what both allow with it. */
const ofCapabilities: Readonly<
  Record<string, { readonly more?: readonly string[]; readonly both?: readonly string[]; readonly less?: readonly string[] }>
> = {
  CAP_BPF: { more: ['bpf'] },
  CAP_DAC_READ_SEARCH: {},
  CAP_PERFMON: { more: ['perf_event_open'] },
  CAP_SYSLOG: { both: ['syslog'] },
  CAP_SYS_BOOT: { both: ['reboot'] },
  CAP_SYS_CHROOT: {},
  // The call has not existed since Linux 2.6.
  CAP_SYS_MODULE: { less: ['query_module'] },
  CAP_SYS_NICE: { more: ['set_mempolicy_home_node'], both: ['get_mempolicy', 'mbind', 'set_mempolicy'] },
  CAP_SYS_PACCT: {},
  CAP_SYS_PTRACE: { both: ['pidfd_getfd'] },
  CAP_SYS_RAWIO: {},
  CAP_SYS_TIME: {},
  CAP_SYS_TTY_CONFIG: {},
};

describe("the default seccomp profile beside Podman's copy of Docker's", () => {
  test('differs without capabilities as it says here', () => {
    expect(differences([])).toEqual({
      more: [...newer, ...dockers, sockets.ours, ourClone].sort(),
      less: [...namespaces, ...podmans, ...sockets.theirs].sort(),
    });
  });

  test.each(Object.entries(ofCapabilities))('differs with %s as it says here', (capability, { more = [], both = [], less = [] }) => {
    expect(differences([capability])).toEqual({
      more: [...newer, ...dockers, ...more, sockets.ours, ourClone].sort(),
      less: [...namespaces, ...podmans.filter((name) => !both.includes(name)), ...less, ...sockets.theirs].sort(),
    });
  });

  test('differs with CAP_SYS_ADMIN as it says here', () => {
    expect(differences(['CAP_SYS_ADMIN'])).toEqual({
      more: [...newer, ...dockers, 'quotactl_fd', sockets.ours].sort(),
      less: [...podmans.filter((name) => name !== 'syslog'), ...sockets.theirs].sort(),
    });
  });

  test('makes clone3 look absent, so that C libraries call clone, as both do', () => {
    expect(dockerProfile([]).syscalls).toContainEqual({ names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 });
  });

  test('is for the programs that the processor executes, too', () => {
    expect(dockerProfile([]).architectures).toContain(process.arch === 'x64' ? 'SCMP_ARCH_X86' : 'SCMP_ARCH_ARM');
  });
});
