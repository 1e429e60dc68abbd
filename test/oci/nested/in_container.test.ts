import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import {
  can,
  describe,
  expect,
  jsonOf,
  makeBundle,
  makeRootfs,
  run,
  runtimeCommand,
  succeed,
  test,
  type Config,
} from '../harness/index.js';

/** What Docker, and Podman in much the same way, give a container unless told otherwise. */
const engine = {
  capabilities: [
    'CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE',
  ].flatMap((names) => names.split(' ').map((name) => `CAP_${name}`)),
  maskedPaths: ['/proc/acpi', '/proc/kcore', '/proc/keys', '/proc/latency_stats', '/proc/timer_list', '/proc/scsi', '/sys/firmware'],
  readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
  /**
   * Of Docker's profile, what concerns a runtime without CAP_SYS_ADMIN: "not implemented" makes libraries try clone(2), whose flags a
   * filter can read.
   */
  seccomp: {
    defaultAction: 'SCMP_ACT_ALLOW',
    architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_AARCH64'].filter((name) =>
      process.arch === 'arm64' ? name.endsWith('64') && !name.includes('X86') : name.includes('X86'),
    ),
    syscalls: [
      { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 },
      {
        names: [
          'unshare',
          'setns',
          'mount',
          'umount2',
          'open_tree',
          'move_mount',
          'fsopen',
          'fsmount',
          'mount_setattr',
          'pivot_root',
          'bpf',
        ],
        action: 'SCMP_ACT_ERRNO',
        errnoRet: 1,
      },
    ],
  },
} as const;

const privileged = ['SYS_ADMIN', 'NET_ADMIN', 'SYS_PTRACE', 'BPF', 'DAC_READ_SEARCH'].map((name) => `CAP_${name}`);

function setCapabilities({ process }: Config, names: readonly string[]): void {
  process.capabilities = { bounding: [...names], effective: [...names], permitted: [...names] };
}

/** A container that has tsrun and a bundle: what `script` prints there. */
async function within(script: string, outer: (config: Config) => void, inner: (config: Config) => void = () => undefined): Promise<string> {
  const bundle = makeBundle({ script, config: outer });
  copyFileSync(runtimeCommand[0] as string, `${bundle.rootfs}/bin/tsrun`);
  mkdirSync(`${bundle.rootfs}/inner`);
  makeRootfs(`${bundle.rootfs}/inner/rootfs`);
  const { config } = makeBundle({ script: 'echo alive', config: inner });
  writeFileSync(`${bundle.rootfs}/inner/config.json`, jsonOf(config));
  return succeed(await run(bundle, { timeout: 40_000 }));
}

const start = 'tsrun --root /tmp/state run --bundle /inner nested 2>&1; echo $?; ls /tmp/state';

function writableCgroup({ mounts }: Config): void {
  for (const mount of mounts) if (mount.type === 'cgroup') mount.options = ['nosuid', 'noexec', 'nodev'];
}

/** As `docker run --privileged`, without what the machine of the tests does not have. */
function asPrivileged(config: Config): void {
  config.root.readonly = false;
  setCapabilities(config, [...engine.capabilities, ...privileged]);
  config.linux.maskedPaths = config.linux.readonlyPaths = [];
  writableCgroup(config);
}

/** tsrun as one file, which can be copied into a container. */
describe.runIf(can.runAnywhere)('tsrun in a container of tsrun', () => {
  test('with every right of its own runs containers, and leaves nothing', async () => {
    expect(await within(start, asPrivileged)).toBe('alive\n0');
  });

  test("with Docker's defaults says in one sentence that the outer seccomp filter refuses it, and leaves nothing", async () => {
    const output = await within(start, (config) => {
      config.root.readonly = false;
      setCapabilities(config, engine.capabilities);
      config.linux.maskedPaths = [...engine.maskedPaths];
      config.linux.readonlyPaths = [...engine.readonlyPaths];
      Object.assign(config.linux, { seccomp: engine.seccomp });
      writableCgroup(config);
    });
    expect(output).toMatch(/clone3.*\(ENOSYS\).*seccomp=unconfined/);
    expect(output).toMatch(/\n1$/);
  });

  test("with Docker's defaults check --host names the filter, the rights and the masks", async () => {
    const output = await within('tsrun check --host; echo $?', (config) => {
      setCapabilities(config, engine.capabilities);
      config.linux.maskedPaths = [...engine.maskedPaths];
      config.linux.readonlyPaths = [...engine.readonlyPaths];
      Object.assign(config.linux, { seccomp: engine.seccomp });
    });
    expect(output).toMatch(/^missing: namespaces: pid: .*\n {2}remedy: .*seccomp=unconfined/m);
    expect(output).toMatch(/^limited: user: capabilities: without CAP_SYS_ADMIN/m);
    expect(output).toMatch(/^limited: mounts: mounts that cover parts of \/proc: .*\/proc\/sys/m);
    expect(output).toMatch(/^limited: security: filter around tsrun/m);
    expect(output).toMatch(/no container can run on this host\n1$/);
  });

  test('with masked and read-only parts of /proc runs a container without a user namespace', async () => {
    const output = await within(start, (config) => {
      asPrivileged(config);
      config.linux.maskedPaths = [...engine.maskedPaths];
      config.linux.readonlyPaths = [...engine.readonlyPaths];
    });
    expect(output).toBe('alive\n0');
  });

  test('with a read-only cgroup hierarchy says that it must be writable', async () => {
    const output = await within(start, (config) => {
      asPrivileged(config);
      for (const mount of config.mounts) if (mount.type === 'cgroup') mount.options = ['nosuid', 'noexec', 'nodev', 'ro'];
    });
    expect(output).toMatch(/make cgroup .*\(EROFS\).*must be mounted writable/);
    expect(output).toMatch(/\n1$/);
  });

  test('without CAP_SYS_RESOURCE runs a container, and names it where it is needed', async () => {
    const limit = (config: Config): void => {
      config.process.rlimits = [{ type: 'RLIMIT_NOFILE', soft: 1_000_000, hard: 1_000_000 }];
    };
    const low = (config: Config): void => {
      asPrivileged(config);
      config.process.rlimits = [{ type: 'RLIMIT_NOFILE', soft: 1024, hard: 1024 }];
    };
    expect(await within(start, low)).toBe('alive\n0');
    expect(await within(start, low, limit)).toMatch(/RLIMIT_NOFILE.*CAP_SYS_RESOURCE[^\n]*\n1$/);
  });
});
